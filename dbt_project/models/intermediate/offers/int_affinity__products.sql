with customer_products as (
    select * from {{ ref('int_customer_products') }}
),

people as (
    select * from {{ ref('int_affinity__customers') }}
),

customers as (
    select count(*) as all_customer_count from people
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

bought as (
    select
        customer_products.product_id,
        count(*) as customer_count
    from customer_products
    inner join people on customer_products.customer_id = people.customer_id
    group by customer_products.product_id
)

-- No pair is more frequent than either of its products: what is too rare alone needs not be paired.
select
    bought.product_id,
    cast(row_number() over (order by bought.product_id) as integer) as product_number,
    bought.customer_count,
    customers.all_customer_count
from bought
cross join customers
cross join parameters
where bought.customer_count >= parameters.affinity_minimum_n
