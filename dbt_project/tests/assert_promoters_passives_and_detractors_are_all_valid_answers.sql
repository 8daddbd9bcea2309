-- An identity that gates publishing: the three groups of NPS, each counted by its own condition, make up the answers that
-- stand in the source, about us, on the scale 0 to 10. The answers are counted a second time, from staging and past every
-- step between.
with scores as (
    select * from {{ ref('int_survey_scores') }}
    where measure = 'nps' and dimension = 'total' and grain = 'day'
),

answers as (
    select * from {{ ref('stg_survey_responses') }}
),

questions as (
    select * from {{ ref('stg_survey_questions') }}
    where measure = 'nps' and scale_min = 0 and scale_max = 10
),

calendar as (
    select * from {{ ref('int_calendar') }}
    where grain = 'day'
),

own_brands as (
    select * from {{ source('control', 'own_brands') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- Under the policy `latest` a customer counts once a day for the same question about the same thing; an anonymous answer always.
valid_answers as (
    select
        answers.business_day as period_start,
        count(distinct case
            when answers.customer_id is not null and parameters.repeat_policy = 'latest'
                then concat_ws(
                    '|', 'c', answers.survey_id, answers.question_id, answers.customer_id,
                    coalesce(answers.product_id, '-'), coalesce(answers.brand, '-')
                )
            else concat_ws('|', 'r', answers.survey_id, answers.question_id, answers.response_id)
        end) as answer_count
    from answers
    inner join questions
        on
            answers.survey_id = questions.survey_id
            and answers.question_id = questions.question_id
    inner join calendar on answers.business_day = calendar.date_day
    cross join parameters
    where
        coalesce(answers.brand, 'unknown') = 'unknown'
        or answers.brand in (select own_brands.brand from own_brands)
        or not exists (select 1 from own_brands)
    group by answers.business_day
)

select
    coalesce(valid_answers.period_start, scores.period_start) as period_start,
    valid_answers.answer_count,
    scores.high_count,
    scores.middle_count,
    scores.low_count
from valid_answers
full outer join scores on valid_answers.period_start = scores.period_start
where
    coalesce(valid_answers.answer_count, -1) <> coalesce(scores.high_count + scores.middle_count + scores.low_count, -1)
    or coalesce(valid_answers.answer_count, -1) <> coalesce(scores.answer_count, -1)
