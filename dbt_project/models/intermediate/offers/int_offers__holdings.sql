with customer_products as (
    select * from {{ ref('int_customer_products') }}
),

customers as (
    select * from {{ ref('int_affinity__customers') }}
),

products as (
    select * from {{ ref('int_affinity__products') }}
),

attributes as (
    select * from {{ ref('stg_customers') }}
),

price_levels as (
    select * from {{ ref('int_customer_price_levels') }}
),

usual_intervals as (
    select * from {{ ref('int_product_usual_intervals') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
)

select
    customers.customer_number,
    products.product_number,
    customer_products.last_bought_on,
    usual_intervals.usual_interval_days,
    coalesce(
        {{ days_between('customer_products.last_bought_on', 'parameters.as_of_date') }}
        >= usual_intervals.usual_interval_days,
        false
    ) as is_due_again,
    cast({{ rounded('parameters.offers_budget_factor * price_levels.high_unit_price', 4) }} as decimal(18, 4))
        as budget_amount
from customer_products
inner join customers on customer_products.customer_id = customers.customer_id
inner join products on customer_products.product_id = products.product_id
inner join price_levels on customer_products.customer_id = price_levels.customer_id
left join usual_intervals on customer_products.product_id = usual_intervals.product_id
left join attributes on customer_products.customer_id = attributes.customer_id
cross join parameters
where not coalesce(attributes.do_not_contact, false)
