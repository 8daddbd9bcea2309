with parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

sent as (
    select
        invitations.invitation_id,
        invitations.survey_id,
        invitations.customer_id,
        invitations.response_id,
        invitations.business_day as sent_on,
        {{ add_days('invitations.business_day', 'parameters.response_window_days + 1') }} as overdue_on,
        parameters.as_of_date
    from {{ ref('stg_survey_invitations') }} as invitations
    cross join parameters
    where invitations.customer_id is not null
),

-- Only those whose time to answer has passed: whoever may still answer is in no group yet.
invitations as (
    select
        invitation_id,
        survey_id,
        customer_id,
        response_id,
        sent_on,
        overdue_on
    from sent
    where overdue_on <= {{ add_days('as_of_date', 1) }}
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
    where responses.business_day >= invitations.sent_on and responses.business_day < invitations.overdue_on
    union
    select invitations.invitation_id
    from invitations
    inner join responses
        on invitations.survey_id = responses.survey_id and invitations.customer_id = responses.customer_id
    where responses.business_day >= invitations.sent_on and responses.business_day < invitations.overdue_on
)

select
    invitations.invitation_id,
    invitations.survey_id,
    invitations.customer_id,
    invitations.overdue_on
from invitations
left join answered on invitations.invitation_id = answered.invitation_id
where answered.invitation_id is null
