with source as (
    select * from {{ source('lake', 'contracts') }}
)

select
    contract_id,
    term_no,
    customer_id,
    plan_id,
    plan_tier,
    billing_period,
    recurring_amount,
    currency,
    started_on,
    ended_on,
    cancelled_on,
    is_trial
from source
