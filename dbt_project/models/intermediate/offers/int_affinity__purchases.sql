with purchase_products as (
    select * from {{ ref('int_purchase_products') }}
),

customers as (
    select * from {{ ref('int_affinity__customers') }}
),

products as (
    select * from {{ ref('int_affinity__products') }}
)

select
    customers.customer_number,
    products.product_number,
    purchase_products.occasion_number,
    cast({{ days_between("cast('2000-01-01' as date)", 'purchase_products.occasion_on') }} as integer) as day_number
from purchase_products
inner join products on purchase_products.product_id = products.product_id
inner join customers on purchase_products.customer_id = customers.customer_id
