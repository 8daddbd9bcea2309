with parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- Only those whose time to answer has passed: whoever may still answer is in no group yet.
invitations as (
    select
        invitations.invitation_id,
        invitations.survey_id,
        invitations.customer_id,
        invitations.response_id,
        invitations.business_day as sent_on,
        {{ add_days('invitations.business_day', 'parameters.response_window_days') }} as awaited_until
    from {{ ref('stg_survey_invitations') }} as invitations
    cross join parameters
    where
        invitations.customer_id is not null
        and {{ add_days('invitations.business_day', 'parameters.response_window_days') }} <= parameters.as_of_date
),

responses as (
    select distinct
        survey_id,
        response_id,
        customer_id,
        business_day
    from {{ ref('stg_survey_responses') }}
),

-- By the response that the invitation names, or by any answer of the customer to the survey: not every source links them.
answered as (
    select invitations.invitation_id
    from invitations
    inner join responses
        on invitations.survey_id = responses.survey_id and invitations.response_id = responses.response_id
    where responses.business_day between invitations.sent_on and invitations.awaited_until
    union
    select invitations.invitation_id
    from invitations
    inner join responses
        on invitations.survey_id = responses.survey_id and invitations.customer_id = responses.customer_id
    where responses.business_day between invitations.sent_on and invitations.awaited_until
)

select
    invitations.invitation_id,
    invitations.survey_id,
    invitations.customer_id,
    invitations.awaited_until
from invitations
left join answered on invitations.invitation_id = answered.invitation_id
where answered.invitation_id is null
