with source as (
    select * from {{ source('lake', 'survey_invitations') }}
)

select
    invitation_id,
    survey_id,
    customer_id,
    channel,
    sent_at,
    response_id,
    business_day
from source
