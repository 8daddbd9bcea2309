with products as (
    select * from {{ ref('int_price_levels__products') }}
),

totals as (
    select * from {{ ref('int_price_levels__totals') }}
),

periods as (
    select * from {{ ref('int_periods') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- A product's price is nobody's secret: only figures over several are held to the privacy minimum, as `kpi` does.
levels as (
    select
        grain,
        period_start,
        'product' as dimension,
        product_id as dimension_value,
        competitor,
        observed_on,
        own_price,
        competitor_price,
        currency,
        fact,
        fact * sales_amount as numerator,
        sales_amount as denominator,
        sales_share,
        abc_group,
        1 as product_count,
        observation_count as n,
        false as is_suppressed
    from products
    union all
    select
        totals.grain,
        totals.period_start,
        totals.dimension,
        totals.dimension_value,
        totals.competitor,
        null as observed_on,
        null as own_price,
        null as competitor_price,
        null as currency,
        case when totals.observation_count >= parameters.minimum_n then totals.value end as fact,
        case when totals.observation_count >= parameters.minimum_n then totals.numerator end as numerator,
        totals.denominator,
        totals.sales_share,
        'A' as abc_group,
        totals.product_count,
        totals.observation_count as n,
        totals.observation_count < parameters.minimum_n as is_suppressed
    from totals
    cross join parameters
)

select
    levels.grain,
    levels.period_start,
    periods.period_end,
    levels.dimension,
    levels.dimension_value,
    levels.competitor,
    levels.observed_on,
    cast(levels.own_price as decimal(18, 4)) as own_price,
    cast(levels.competitor_price as decimal(18, 4)) as competitor_price,
    levels.currency,
    cast(levels.fact as double) as fact,
    cast(levels.numerator as double) as numerator,
    cast(levels.denominator as double) as denominator,
    cast(levels.sales_share as double) as sales_share,
    levels.abc_group,
    cast(levels.product_count as bigint) as product_count,
    cast(levels.n as bigint) as n,
    periods.is_complete,
    levels.is_suppressed
from levels
inner join periods on levels.grain = periods.grain and levels.period_start = periods.period_start
