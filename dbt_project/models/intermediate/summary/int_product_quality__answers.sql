with answers as (
    select * from {{ ref('int_survey_answers') }}
    where measure = 'product_quality' and product_id is not null
),

questions as (
    select distinct
        item_number,
        parameter
    from {{ ref('int_survey_questions') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
    where grain in ('month', 'quarter', 'year')
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- A brand that is named as the main competitor is not ours, whatever is configured as ours.
sided as (
    select
        answers.*,
        questions.parameter,
        case
            when answers.brand = parameters.main_competitor then 'competitor'
            when answers.is_own_brand then 'own'
            when parameters.main_competitor is null then 'competitor'
        end as side
    from answers
    inner join questions on answers.item_number = questions.item_number
    cross join parameters
)

select
    calendar.grain,
    calendar.period_start,
    sided.side,
    sided.product_id,
    sided.parameter,
    sided.respondent_key,
    count(*) as answer_count,
    sum((sided.score - sided.scale_min) / (sided.scale_max - sided.scale_min)) as index_share_sum
from sided
inner join calendar on sided.answered_on = calendar.date_day
where
    sided.side is not null
    and (sided.superseded_on is null or sided.superseded_on >= calendar.period_end)
group by
    calendar.grain,
    calendar.period_start,
    sided.side,
    sided.product_id,
    sided.parameter,
    sided.respondent_key
