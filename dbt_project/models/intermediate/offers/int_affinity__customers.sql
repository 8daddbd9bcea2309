with customer_products as (
    select * from {{ ref('int_customer_products') }}
)

select
    customer_id,
    cast(row_number() over (order by customer_id) as integer) as customer_number
from customer_products
group by customer_id
