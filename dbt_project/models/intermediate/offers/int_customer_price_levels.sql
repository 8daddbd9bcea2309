{{ config(materialized='incremental', incremental_strategy='replace_touched_customers') }}

with lines as (
    select * from {{ ref('int_order_lines__net') }}
    where is_purchase and {{ is_touched('customer_id') }}
),

paid as (
    select
        customer_id,
        {{ safe_divide('net_amount', 'net_quantity') }} as unit_price
    from lines
)

select
    customer_id,
    cast(percentile_cont(0.9) within group (order by unit_price) as double) as high_unit_price
from paid
group by customer_id
