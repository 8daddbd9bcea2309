with customer_ids as (
    select customer_id
    from {{ ref('int_customer_dimensions') }}
    where dimension = 'total'
),

customers as (
    select * from {{ ref('stg_customers') }}
)

select
    customer_ids.customer_id,
    customers.segment,
    customers.region,
    coalesce(customers.do_not_contact, false) as do_not_contact
from customer_ids
left join customers on customer_ids.customer_id = customers.customer_id
