with drivers as (
    select distinct unit_kind from {{ ref('stg_unit_drivers') }}
),

kinds_of_locations as (
    select unit_kind from drivers
    where unit_kind in ('location', 'shop', 'store')
),

locations as (
    select
        response_id,
        survey_id,
        question_id,
        location_id
    from {{ ref('stg_survey_responses') }}
    where location_id is not null and exists (select kinds_of_locations.unit_kind from kinds_of_locations)
),

parameters as (
    select distinct
        parameter_number,
        parameter
    from {{ ref('int_survey_questions') }}
),

answers as (
    select
        answers.answered_on,
        answers.employee,
        answers.region,
        answers.segment,
        answers.channel,
        locations.location_id as location,
        answers.measure,
        case when answers.measure = 'csi_satisfaction' then parameters.parameter end as parameter,
        100 * (answers.score - answers.scale_min) / (answers.scale_max - answers.scale_min) as value
    from {{ ref('int_survey_answers') }} as answers
    left join parameters on answers.parameter_number = parameters.parameter_number
    left join locations
        on
            answers.response_id = locations.response_id
            and answers.survey_id = locations.survey_id
            and answers.question_id = locations.question_id
    where
        answers.measure in ('csi_satisfaction', 'csat', 'acsi_overall', 'nps')
        and answers.is_own_brand
        and exists (select drivers.unit_kind from drivers)
)

-- By the day, as units may have periods of any length.
{%- for kind, column in [
    ('location', 'location'), ('shop', 'location'), ('store', 'location'), ('employee', 'employee'), ('region', 'region'),
    ('segment', 'segment'), ('channel', 'channel')
] %}
select
    '{{ kind }}' as unit_kind,
    {{ column }} as unit_id,
    answered_on,
    measure,
    parameter,
    count(*) as answer_count,
    sum(value) as value_sum
from answers
where {{ column }} is not null and '{{ kind }}' in (select drivers.unit_kind from drivers)
group by {{ column }}, answered_on, measure, parameter
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
