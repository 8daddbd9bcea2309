with source as (
    select * from {{ source('lake', 'survey_questions') }}
)

select
    survey_id,
    question_id,
    measure,
    parameter,
    block,
    scale_min,
    scale_max,
    direction
from source
