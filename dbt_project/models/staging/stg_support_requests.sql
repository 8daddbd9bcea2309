with source as (
    select * from {{ source('lake', 'support_requests') }}
)

select
    request_id,
    customer_id,
    channel,
    topic,
    opened_at,
    resolved_at,
    resolved_at_first_contact,
    business_day
from source
