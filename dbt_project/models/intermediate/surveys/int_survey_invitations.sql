with invitations as (
    select * from {{ ref('stg_survey_invitations') }}
),

responses as (
    select distinct
        survey_id,
        response_id
    from {{ ref('stg_survey_responses') }}
),

held_surveys as (
    select distinct survey_id from responses
),

customer_dimensions as (
    select * from {{ ref('int_customer_dimensions') }}
)

-- A response counts where it is held, which is never one after the as-of date; of a survey of which none is, the invitation is believed.
select
    invitations.invitation_id,
    invitations.survey_id,
    invitations.business_day as sent_on,
    responses.response_id is not null
    or (invitations.response_id is not null and held_surveys.survey_id is null) as is_answered,
    coalesce(segments.dimension_value, 'unknown') as segment,
    coalesce(regions.dimension_value, 'unknown') as region,
    coalesce(invitations.channel, 'unknown') as channel
from invitations
left join responses
    on
        invitations.survey_id = responses.survey_id
        and invitations.response_id = responses.response_id
left join held_surveys on invitations.survey_id = held_surveys.survey_id
left join customer_dimensions as segments
    on
        invitations.customer_id = segments.customer_id
        and segments.dimension = 'segment'
left join customer_dimensions as regions
    on
        invitations.customer_id = regions.customer_id
        and regions.dimension = 'region'
