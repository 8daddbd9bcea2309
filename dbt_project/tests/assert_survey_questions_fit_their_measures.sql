-- Warns: answers to these questions count nowhere, because the question is on another scale than the one that defines its measure,
-- a satisfaction question does not say what it is about, or a question of service quality belongs to a dimension that has no
-- importance points. Nothing is wrong with the numbers; something is missing in them.
{{ config(severity='warn') }}
with questions as (
    select * from {{ ref('int_survey_questions') }}
),

points as (
    select * from {{ source('control', 'servqual_points') }}
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
    or (
        measure in ('servqual_expectation', 'servqual_perception')
        and exists (select 1 from points)
        and block not in (select points.parameter from points)
    )
