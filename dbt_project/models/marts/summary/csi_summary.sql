with indicators as (
    select * from {{ ref('int_report__indicators') }}
),

totals as (
    select * from {{ ref('int_report__totals') }}
),

periods as (
    select * from {{ ref('int_periods') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

rows_of_report as (
    select
        grain,
        period_start,
        'indicator' as level,
        block,
        indicator,
        position,
        fact,
        weight,
        case when fact is not null then weight else 0 end as weight_available,
        weight * fact as weighted_value,
        numerator,
        denominator,
        ci_low,
        ci_high,
        n,
        is_suppressed
    from indicators
    union all
    select
        grain,
        period_start,
        level,
        block,
        indicator,
        position,
        fact,
        weight,
        weight_available,
        weighted_value,
        weighted_value as numerator,
        case when indicator = 'total' then weight else weight_available end as denominator,
        null as ci_low,
        null as ci_high,
        n,
        is_suppressed
    from totals
)

select
    rows_of_report.grain,
    rows_of_report.period_start,
    periods.period_end,
    'total' as dimension,
    'total' as dimension_value,
    rows_of_report.level,
    rows_of_report.block,
    rows_of_report.indicator,
    cast(rows_of_report.position as integer) as position,
    cast(rows_of_report.fact as double) as fact,
    cast(rows_of_report.weight as double) as weight,
    cast(rows_of_report.weight_available as double) as weight_available,
    cast(rows_of_report.weighted_value as double) as weighted_value,
    cast(100 * parameters.csi_target as double) as target,
    cast(100 * parameters.csi_target - rows_of_report.fact as double) as gap_to_target,
    cast(rows_of_report.numerator as double) as numerator,
    cast(rows_of_report.denominator as double) as denominator,
    cast(rows_of_report.ci_low as double) as ci_low,
    cast(rows_of_report.ci_high as double) as ci_high,
    cast(rows_of_report.n as bigint) as n,
    periods.is_complete,
    rows_of_report.is_suppressed
from rows_of_report
inner join periods
    on
        rows_of_report.grain = periods.grain
        and rows_of_report.period_start = periods.period_start
cross join parameters
