with measures as (
    select * from {{ ref('int_purchase_intervals__measures') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

marked as (
    select
        measures.*,
        measures.n < parameters.minimum_n as is_suppressed
    from measures
    cross join parameters
)

select
    grain,
    period_start,
    dimension,
    dimension_value,
    measure,
    case when not is_suppressed then value end as value,
    case when not is_suppressed then numerator end as numerator,
    n as denominator,
    n,
    case when not is_suppressed then ci_low end as ci_low,
    case when not is_suppressed then ci_high end as ci_high,
    is_complete,
    is_suppressed
from marked
