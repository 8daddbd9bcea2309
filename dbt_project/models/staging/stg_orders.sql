with source as (
    select * from {{ source('lake', 'orders') }}
)

select
    order_id,
    customer_id,
    ordered_at,
    status,
    currency,
    channel,
    employee_id,
    location_id,
    business_day
from source
