with parameters as (
    select * from {{ ref('int_product_quality__parameters') }}
    where weight is not null
),

groups as (
    select * from {{ ref('int_products__abc_groups') }}
),

products as (
    select
        grain,
        period_start,
        side,
        product_id,
        sum(weight * index_share) as index_share
    from parameters
    group by grain, period_start, side, product_id
)

-- A product stands for itself, and with its share of the sales of all that were rated for the total; one without sales is in no total.
select
    grain,
    period_start,
    side,
    product_id,
    'product' as dimension,
    product_id as dimension_value,
    cast(1 as double) as share,
    cast(null as double) as sales_share,
    index_share
from products
union all
select
    products.grain,
    products.period_start,
    products.side,
    products.product_id,
    'total' as dimension,
    'total' as dimension_value,
    groups.sales_share
    / sum(groups.sales_share) over (partition by products.grain, products.period_start, products.side) as share,
    groups.sales_share,
    products.index_share
from products
inner join groups
    on
        products.grain = groups.grain
        and products.period_start = groups.period_start
        and products.product_id = groups.product_id
