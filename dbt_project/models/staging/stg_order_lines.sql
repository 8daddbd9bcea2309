with source as (
    select * from {{ source('lake', 'order_lines') }}
)

select
    order_id,
    line_no,
    product_id,
    quantity,
    net_amount,
    unit_cost,
    is_return,
    returned_order_id,
    offer_type,
    business_day
from source
