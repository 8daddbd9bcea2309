with differences as (
    select * from {{ ref('int_nps_outcomes__differences') }}
    where response_group = 'promoter' and horizon_days = 365
),

bases as (
    select * from {{ ref('int_retention__periods') }}
    where active_at_end > 0
),

correlations as (
    select * from {{ ref('int_csi_nps__correlations') }}
    where rho is not null
),

periods as (
    select * from {{ ref('int_periods') }}
),

-- One point of NPS is half a percent of the customers, moved from the detractors to the promoters.
point_values as (
    select
        differences.*,
        cast(bases.active_at_end as double) as base
    from differences
    inner join bases
        on
            differences.grain = bases.grain
            and differences.period_start = bases.period_start
            and differences.dimension = bases.dimension
            and differences.dimension_value = bases.dimension_value
)

select
    'nps_point_value' as metric_id,
    grain,
    period_start,
    period_end,
    dimension,
    dimension_value,
    base / 200 * revenue_difference as value,
    base * revenue_difference as numerator,
    cast(200 as double) as denominator,
    least(customers, detractors) as n,
    cast(least(customers, detractors) as double) as n_effective,
    base / 200 * revenue_difference_ci_low as ci_low,
    base / 200 * revenue_difference_ci_high as ci_high,
    base / 200 * revenue_difference_error as standard_error,
    is_complete
from point_values
union all
select
    'csi_nps_correlation' as metric_id,
    correlations.grain,
    correlations.period_start,
    correlations.period_end,
    correlations.dimension,
    correlations.dimension_value,
    correlations.rho as value,
    correlations.covariation as numerator,
    correlations.variation as denominator,
    correlations.n,
    cast(correlations.n as double) as n_effective,
    correlations.ci_low,
    correlations.ci_high,
    correlations.standard_error,
    periods.is_complete
from correlations
inner join periods
    on correlations.grain = periods.grain and correlations.period_start = periods.period_start
