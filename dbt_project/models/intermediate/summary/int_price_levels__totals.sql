with products as (
    select * from {{ ref('int_price_levels__products') }}
    where abc_group = 'A'
),

dimensions as (
    select dimension from {{ source('control', 'dimensions') }}
),

dimensioned as (
    select
        products.*,
        'total' as dimension,
        'total' as dimension_value
    from products
    union all
    select
        products.*,
        dimensions.dimension,
        products.product_category as dimension_value
    from products
    inner join dimensions on dimensions.dimension = 'product_category'
)

select
    grain,
    period_start,
    dimension,
    dimension_value,
    competitor,
    {{ safe_divide('sum(cast(sales_amount as double) * fact)', 'sum(sales_amount)') }} as value,
    sum(cast(sales_amount as double) * fact) as numerator,
    cast(sum(sales_amount) as double) as denominator,
    sum(sales_share) as sales_share,
    cast(count(*) as bigint) as product_count,
    cast(sum(observation_count) as bigint) as observation_count
from dimensioned
group by grain, period_start, dimension, dimension_value, competitor
