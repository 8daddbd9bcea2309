{{ config(materialized='incremental', incremental_strategy='replace_touched_customers') }}

with lines as (
    select * from {{ ref('int_order_lines__valued') }}
    where {{ is_touched('customer_id') }}
),

matches as (
    select * from {{ ref('int_returns__match_named') }}
    where {{ is_touched('customer_id') }}
    union all
    select * from {{ ref('int_returns__match_unnamed') }}
    where {{ is_touched('customer_id') }}
),

-- A match takes from two lines: from the purchase what came back, from the return what found its purchase.
taken as (
    select
        order_id,
        line_no,
        quantity,
        amount
    from matches
    union all
    select
        return_order_id as order_id,
        return_line_no as line_no,
        quantity,
        amount
    from matches
),

taken_by_line as (
    select
        order_id,
        line_no,
        sum(quantity) as quantity,
        sum(amount) as amount
    from taken
    group by order_id, line_no
),

remaining as (
    select
        lines.*,
        lines.quantity - coalesce(taken_by_line.quantity, 0) as remaining_quantity,
        lines.amount - coalesce(taken_by_line.amount, 0) as remaining_amount
    from lines
    left join taken_by_line on lines.order_id = taken_by_line.order_id and lines.line_no = taken_by_line.line_no
),

final as (
    select
        *,
        cast(case when is_return then -remaining_quantity else remaining_quantity end as decimal(18, 4))
            as net_quantity,
        cast(case when is_return then -remaining_amount else remaining_amount end as decimal(18, 4)) as net_amount
    from remaining
    where not is_return or remaining_quantity <> 0 or remaining_amount <> 0
)

select
    order_id,
    line_no,
    customer_id,
    product_id,
    ordered_at,
    ordered_on,
    not is_return and net_quantity > 0 as is_purchase,
    net_quantity,
    net_amount,
    unit_cost,
    offer_type,
    channel,
    employee_id,
    location_id
from final
