with source as (
    select * from {{ source('lake', 'usage_events') }}
)

select
    event_id,
    customer_id,
    occurred_at,
    event_type,
    duration_minutes,
    business_day
from source
