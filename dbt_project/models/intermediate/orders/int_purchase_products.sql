{{ config(materialized='incremental', incremental_strategy='replace_touched_customers') }}

with lines as (
    select * from {{ ref('int_order_lines__net') }}
    where is_purchase and {{ is_touched('customer_id') }}
),

purchase_orders as (
    select * from {{ ref('int_purchase_orders') }}
    where {{ is_touched('customer_id') }}
)

select distinct
    purchase_orders.customer_id,
    purchase_orders.occasion_number,
    purchase_orders.occasion_on,
    lines.product_id
from lines
inner join purchase_orders
    on lines.customer_id = purchase_orders.customer_id and lines.order_id = purchase_orders.order_id
