with source as (
    select * from {{ source('lake', 'business_events') }}
)

select
    event_id,
    name,
    starts_on,
    ends_on,
    segment
from source
