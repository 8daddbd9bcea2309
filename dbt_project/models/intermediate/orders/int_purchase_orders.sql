{{ config(materialized='incremental', incremental_strategy='replace_touched_customers') }}

with lines as (
    select * from {{ ref('int_order_lines__net') }}
    where is_purchase and {{ is_touched('customer_id') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

orders as (
    select
        customer_id,
        order_id,
        ordered_at,
        ordered_on,
        sum(net_amount) as net_amount
    from lines
    group by customer_id, order_id, ordered_at, ordered_on
),

numbered as (
    select
        orders.*,
        case
            when parameters.purchase_occasion = 'day'
                then dense_rank() over (partition by orders.customer_id order by orders.ordered_on)
            when parameters.purchase_occasion = 'order'
                then dense_rank() over (
                    partition by orders.customer_id order by orders.ordered_on, orders.ordered_at, orders.order_id
                )
        end as occasion_number
    from orders
    cross join parameters
)

select
    customer_id,
    order_id,
    cast(occasion_number as integer) as occasion_number,
    ordered_on as occasion_on,
    cast(net_amount as decimal(18, 4)) as net_amount
from numbered
