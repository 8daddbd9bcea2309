-- Warns: answers to these questions count nowhere, because the question is on another scale than the one that defines its measure,
-- or a satisfaction question does not say what it is about. Nothing is wrong with the numbers; something is missing in them.
{{ config(severity='warn') }}
with questions as (
    select * from {{ ref('int_survey_questions') }}
)

select
    survey_id,
    question_id,
    measure,
    scale_min,
    scale_max
from questions
where
    not is_on_scale
    or (measure in ('csi_satisfaction', 'csi_importance') and parameter = 'unknown')
