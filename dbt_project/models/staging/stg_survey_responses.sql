with source as (
    select * from {{ source('lake', 'survey_responses') }}
)

select
    response_id,
    survey_id,
    question_id,
    customer_id,
    answered_at,
    score,
    reason_code,
    channel,
    employee_id,
    location_id,
    order_id,
    product_id,
    brand,
    business_day
from source
