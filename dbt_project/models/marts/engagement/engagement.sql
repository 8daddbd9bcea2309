with measured as (
    select * from {{ ref('int_engagement__measured') }}
),

periods as (
    select * from {{ ref('int_periods') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
)

select
    measured.grain,
    measured.period_start,
    periods.period_end,
    measured.dimension,
    measured.dimension_value,
    measured.measure,
    measured.event_type,
    measured.active_customer_count,
    {{ unless_suppressed('measured.numerator', 'measured.n', 'parameters.minimum_n') }} as numerator,
    measured.denominator,
    {{ unless_suppressed('measured.value', 'measured.n', 'parameters.minimum_n') }} as value,
    cast(measured.n as bigint) as n,
    {{ unless_suppressed('measured.ci_low', 'measured.n', 'parameters.minimum_n') }} as ci_low,
    {{ unless_suppressed('measured.ci_high', 'measured.n', 'parameters.minimum_n') }} as ci_high,
    periods.is_complete,
    measured.n < parameters.minimum_n as is_suppressed
from measured
inner join periods
    on measured.grain = periods.grain and measured.period_start = periods.period_start
cross join parameters
