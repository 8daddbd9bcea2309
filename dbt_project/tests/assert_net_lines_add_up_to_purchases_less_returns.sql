-- Matching returns moves money between lines and must neither lose nor double any, customer by customer, to the last decimal.
with valued as (
    select
        customer_id,
        sum(case when is_return then -amount else amount end) as net_amount,
        sum(case when is_return then -quantity else quantity end) as net_quantity
    from {{ ref('int_order_lines__valued') }}
    group by customer_id
),

net as (
    select
        customer_id,
        sum(net_amount) as net_amount,
        sum(net_quantity) as net_quantity
    from {{ ref('int_order_lines__net') }}
    group by customer_id
)

select
    valued.customer_id,
    valued.net_amount,
    net.net_amount as matched_amount
from valued
left join net on valued.customer_id = net.customer_id
where
    valued.net_amount <> coalesce(net.net_amount, 0)
    or valued.net_quantity <> coalesce(net.net_quantity, 0)
