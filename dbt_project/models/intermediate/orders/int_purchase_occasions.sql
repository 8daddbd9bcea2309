{{ config(materialized='incremental', incremental_strategy='replace_touched_customers') }}

with purchase_orders as (
    select * from {{ ref('int_purchase_orders') }}
    where {{ is_touched('customer_id') }}
)

select
    customer_id,
    occasion_number,
    occasion_on,
    cast(count(*) as integer) as order_count,
    cast(sum(net_amount) as decimal(18, 4)) as net_amount
from purchase_orders
group by customer_id, occasion_number, occasion_on
