with items as (
    select * from {{ ref('int_survey_items') }}
    where measure in ('csi_satisfaction', 'csi_importance')
)

-- From sums of raw answers, which are whole numbers as a rule, so that equal answers have a variance of exactly zero.
select
    grain,
    period_start,
    dimension,
    dimension_value,
    block,
    parameter,
    parameter_number,
    measure,
    scale_min,
    scale_max,
    cast(answer_count as double) as answer_count,
    (score_sum - answer_count * scale_min) / (scale_max - scale_min) as index_share_sum,
    score_sum / nullif(scale_max, 0) as maximum_share_sum,
    greatest(0.0, answer_count * score_square_sum - score_sum * score_sum)
    / (answer_count * (scale_max - scale_min) * (scale_max - scale_min)) as index_share_deviation
from items
