with windows as (
    select * from {{ ref('int_event_effects__windows') }}
),

answers as (
    select * from {{ ref('int_survey_answers') }}
    where measure in ('csi_satisfaction', 'csi_importance', 'nps') and is_own_brand
),

customers as (
    select * from {{ ref('stg_customers') }}
)

-- Of repeated answers, the latest in the window counts: the one whose successor is not in it.
select
    windows.event_id,
    windows.side,
    answers.survey_id,
    answers.response_id,
    answers.question_id,
    answers.respondent_key,
    answers.measure,
    answers.parameter_number,
    answers.answer_group,
    (answers.score - answers.scale_min) / (answers.scale_max - answers.scale_min) as index_share,
    answers.score / nullif(answers.scale_max, 0) as maximum_share
from windows
inner join answers
    on
        windows.window_start <= answers.answered_on
        and windows.window_end > answers.answered_on
left join customers on answers.customer_id = customers.customer_id
where
    (answers.superseded_on is null or answers.superseded_on >= windows.window_end)
    and (windows.segment is null or windows.segment = customers.segment)
