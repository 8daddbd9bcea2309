{{ config(materialized='incremental', incremental_strategy='replace_touched_customers') }}

with lines as (
    select * from {{ ref('int_order_lines__net') }}
    where {{ is_touched('customer_id') }}
),

orders as (
    select
        customer_id,
        ordered_on,
        order_id,
        max(case when is_purchase then 1 else 0 end) as purchase_count,
        sum(net_amount) as net_amount,
        sum(net_amount - cast({{ exact_product('unit_cost', 'net_quantity') }} as decimal(18, 4)))
            as gross_profit_amount
    from lines
    group by customer_id, ordered_on, order_id
)

select
    customer_id,
    ordered_on,
    cast(sum(purchase_count) as integer) as order_count,
    cast(sum(net_amount) as decimal(18, 4)) as net_amount,
    cast(sum(gross_profit_amount) as decimal(18, 4)) as gross_profit_amount
from orders
group by customer_id, ordered_on
