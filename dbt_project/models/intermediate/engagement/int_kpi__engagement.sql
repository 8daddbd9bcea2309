with measured as (
    select * from {{ ref('int_engagement__measured') }}
    where measure <> 'core_action_rate' or event_type = 'any_core_action'
),

periods as (
    select * from {{ ref('int_periods') }}
)

select
    measured.measure as metric_id,
    measured.grain,
    measured.period_start,
    periods.period_end,
    measured.dimension,
    measured.dimension_value,
    measured.value,
    measured.numerator,
    measured.denominator,
    cast(measured.n as bigint) as n,
    cast(measured.n as double) as n_effective,
    cast(measured.ci_low as double) as ci_low,
    cast(measured.ci_high as double) as ci_high,
    cast(measured.standard_error as double) as standard_error,
    periods.is_complete
from measured
inner join periods
    on measured.grain = periods.grain and measured.period_start = periods.period_start
