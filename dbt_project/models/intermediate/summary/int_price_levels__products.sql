with compared as (
    select * from {{ ref('int_price_levels__observed') }}
),

products as (
    select * from {{ ref('stg_products') }}
),

groups as (
    select * from {{ ref('int_products__abc_groups') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- What the report takes of a product: the main competitor where one is named, else the mean of them all.
reported as (
    select
        compared.grain,
        compared.period_start,
        compared.product_id,
        avg(compared.fact) as fact,
        count(*) as observation_count,
        max(compared.observed_on) as observed_on
    from compared
    inner join parameters
        on parameters.main_competitor is null or compared.competitor = parameters.main_competitor
    group by compared.grain, compared.period_start, compared.product_id
),

facts as (
    select
        grain,
        period_start,
        product_id,
        competitor,
        observed_on,
        own_price,
        competitor_price,
        currency,
        fact,
        1 as observation_count
    from compared
    union all
    select
        grain,
        period_start,
        product_id,
        'total' as competitor,
        observed_on,
        null as own_price,
        null as competitor_price,
        null as currency,
        fact,
        observation_count
    from reported
)

select
    facts.grain,
    facts.period_start,
    facts.product_id,
    coalesce({{ top_category('products.category_path') }}, 'unknown') as product_category,
    facts.competitor,
    facts.observed_on,
    facts.own_price,
    facts.competitor_price,
    facts.currency,
    facts.fact,
    cast(facts.observation_count as bigint) as observation_count,
    groups.sales_amount,
    groups.sales_share,
    groups.abc_group
from facts
left join products on facts.product_id = products.product_id
left join groups
    on
        facts.grain = groups.grain
        and facts.period_start = groups.period_start
        and facts.product_id = groups.product_id
