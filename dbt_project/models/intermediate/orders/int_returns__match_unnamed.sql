{{ config(materialized='incremental', incremental_strategy='replace_touched_customers') }}

with lines as (
    select * from {{ ref('int_order_lines__valued') }}
    where {{ is_touched('customer_id') }}
),

named_matches as (
    select * from {{ ref('int_returns__match_named') }}
    where {{ is_touched('customer_id') }}
),

returns as (
    select * from lines
    where is_return and returned_order_id is null
),

returned_products as (
    select distinct
        customer_id,
        product_id
    from returns
),

named_quantities as (
    select
        order_id,
        line_no,
        sum(quantity) as quantity
    from named_matches
    group by order_id, line_no
),

-- What a return that names its order has taken is no longer there for one that names none.
purchases as (
    select
        lines.customer_id,
        lines.product_id,
        lines.is_return,
        lines.order_id,
        lines.line_no,
        lines.quantity - coalesce(named_quantities.quantity, 0) as quantity,
        lines.amount,
        lines.ordered_at
    from lines
    inner join returned_products
        on lines.customer_id = returned_products.customer_id and lines.product_id = returned_products.product_id
    left join named_quantities
        on lines.order_id = named_quantities.order_id and lines.line_no = named_quantities.line_no
    where not lines.is_return
),

stacked as (
    select * from purchases
    union all
    select
        customer_id,
        product_id,
        is_return,
        order_id,
        line_no,
        quantity,
        amount,
        ordered_at
    from returns
),

-- A purchase at the very instant of the return lies before it: sources that know only the day, and lines voided at the till.
events as (
    select
        *,
        row_number() over (
            partition by customer_id, product_id order by ordered_at, is_return, order_id, line_no
        ) as position
    from stacked
),

{{ matched_returns('events', ['customer_id', 'product_id']) }}

select
    customer_id,
    return_order_id,
    return_line_no,
    order_id,
    line_no,
    quantity,
    amount
from matches
