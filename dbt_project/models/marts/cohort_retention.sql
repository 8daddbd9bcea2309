with cells as (
    select * from {{ ref('int_cohorts__by_calendar') }}
    union all
    select * from {{ ref('int_cohorts__rolling') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

rated as (
    select
        cells.*,
        cells.denominator < parameters.minimum_n as is_suppressed,
        {{ safe_divide('cells.retained', 'cells.denominator') }} as retention_rate,
        {{ wilson_low('cells.retained', 'cells.denominator') }} as low,
        {{ wilson_high('cells.retained', 'cells.denominator') }} as high,
        {{ safe_divide('cells.revenue_amount', 'cells.base_revenue_amount') }} as revenue_rate
    from cells
    cross join parameters
)

select
    grain,
    kind,
    cohort_start,
    period_offset,
    period_start,
    cohort_size,
    denominator,
    case when not is_suppressed then retained end as retained,
    case when not is_suppressed then retention_rate end as value,
    case when not is_suppressed then low end as ci_low,
    case when not is_suppressed then high end as ci_high,
    case when not is_suppressed then order_count end as order_count,
    case when not is_suppressed then revenue_amount end as revenue_amount,
    case when not is_suppressed then revenue_rate end as revenue_retention_rate,
    is_complete,
    is_suppressed
from rated
