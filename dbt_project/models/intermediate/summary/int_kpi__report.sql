with facts as (
    select * from {{ ref('int_report__facts') }}
),

totals as (
    select * from {{ ref('int_report__totals') }}
    where level = 'report' and fact is not null
),

periods as (
    select * from {{ ref('int_periods') }}
),

metrics as (
    select
        indicator as metric_id,
        grain,
        period_start,
        dimension,
        dimension_value,
        fact as value,
        numerator,
        denominator,
        n,
        ci_low,
        ci_high,
        standard_error
    from facts
    where fact is not null
    union all
    select
        'csi_report_' || indicator as metric_id,
        grain,
        period_start,
        'total' as dimension,
        'total' as dimension_value,
        fact as value,
        weighted_value as numerator,
        case when indicator = 'total' then weight else weight_available end as denominator,
        n,
        null as ci_low,
        null as ci_high,
        null as standard_error
    from totals
)

select
    metrics.metric_id,
    metrics.grain,
    metrics.period_start,
    periods.period_end,
    metrics.dimension,
    metrics.dimension_value,
    cast(metrics.value as double) as value,
    cast(metrics.numerator as double) as numerator,
    cast(metrics.denominator as double) as denominator,
    cast(metrics.n as bigint) as n,
    cast(metrics.n as double) as n_effective,
    cast(metrics.ci_low as double) as ci_low,
    cast(metrics.ci_high as double) as ci_high,
    cast(metrics.standard_error as double) as standard_error,
    periods.is_complete
from metrics
inner join periods
    on
        metrics.grain = periods.grain
        and metrics.period_start = periods.period_start
