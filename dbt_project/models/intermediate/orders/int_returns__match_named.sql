{{ config(materialized='incremental', incremental_strategy='replace_touched_customers') }}

with lines as (
    select * from {{ ref('int_order_lines__valued') }}
    where {{ is_touched('customer_id') }}
),

returns as (
    select
        *,
        returned_order_id as stack_order_id
    from lines
    where is_return and returned_order_id is not null
),

-- An order of another customer is none that this customer could return: the key holds the customer.
named as (
    select distinct
        customer_id,
        stack_order_id,
        product_id
    from returns
),

purchases as (
    select
        lines.*,
        named.stack_order_id
    from lines
    inner join named
        on
            lines.customer_id = named.customer_id
            and lines.order_id = named.stack_order_id
            and lines.product_id = named.product_id
    where not lines.is_return
),

stacked as (
    select * from purchases
    union all
    select * from returns
),

-- The name decides, whatever the days are: the order's lines lie first, its last line on top.
events as (
    select
        customer_id,
        stack_order_id,
        product_id,
        is_return,
        order_id,
        line_no,
        quantity,
        amount,
        row_number() over (
            partition by customer_id, stack_order_id, product_id
            order by is_return, case when is_return then ordered_at end, order_id, line_no
        ) as position
    from stacked
),

{{ matched_returns('events', ['customer_id', 'stack_order_id', 'product_id']) }}

select
    customer_id,
    return_order_id,
    return_line_no,
    order_id,
    line_no,
    quantity,
    amount
from matches
