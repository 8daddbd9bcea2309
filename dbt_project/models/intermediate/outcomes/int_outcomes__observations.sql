with responses as (
    select * from {{ ref('int_outcomes__responses') }}
),

not_answered as (
    select * from {{ ref('int_outcomes__not_answered') }}
),

never_asked as (
    select * from {{ ref('int_outcomes__never_asked') }}
),

observations as (
    select
        'response' as observation_kind,
        survey_id,
        response_id as observation_id,
        customer_id,
        measure,
        score,
        response_group,
        answered_on as time_zero_on
    from responses
    union all
    select
        'invitation' as observation_kind,
        survey_id,
        invitation_id as observation_id,
        customer_id,
        null as measure,
        null as score,
        'not_answered' as response_group,
        {{ add_days('overdue_on', -1) }} as time_zero_on
    from not_answered
    union all
    select
        'customer' as observation_kind,
        null as survey_id,
        customer_id as observation_id,
        customer_id,
        null as measure,
        null as score,
        'never_asked' as response_group,
        time_zero_on
    from never_asked
)

select
    row_number() over (order by observation_kind, survey_id, observation_id, time_zero_on) as observation_number,
    observation_kind,
    survey_id,
    observation_id,
    customer_id,
    measure,
    score,
    response_group,
    time_zero_on
from observations
