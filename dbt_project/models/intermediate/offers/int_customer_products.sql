{{ config(materialized='incremental', incremental_strategy='replace_touched_customers') }}

with purchase_products as (
    select * from {{ ref('int_purchase_products') }}
    where {{ is_touched('customer_id') }}
)

select
    customer_id,
    product_id,
    max(occasion_on) as last_bought_on
from purchase_products
group by customer_id, product_id
