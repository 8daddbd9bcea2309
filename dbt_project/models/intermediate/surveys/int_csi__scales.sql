with score_counts as (
    select * from {{ ref('int_survey_score_counts') }}
),

-- Sums of raw answers, which are whole numbers as a rule, so that equal answers have a variance of exactly zero.
sums as (
    select
        grain,
        period_start,
        dimension,
        dimension_value,
        block,
        parameter,
        measure,
        scale_min,
        scale_max,
        cast(sum(answer_count) as double) as answer_count,
        sum(score * answer_count) as score_sum,
        sum(score * score * answer_count) as score_square_sum
    from score_counts
    where measure in ('csi_satisfaction', 'csi_importance')
    group by grain, period_start, dimension, dimension_value, block, parameter, measure, scale_min, scale_max
)

select
    grain,
    period_start,
    dimension,
    dimension_value,
    block,
    parameter,
    measure,
    scale_min,
    scale_max,
    answer_count,
    (score_sum - answer_count * scale_min) / (scale_max - scale_min) as index_share_sum,
    score_sum / nullif(scale_max, 0) as maximum_share_sum,
    greatest(0.0, answer_count * score_square_sum - score_sum * score_sum)
    / (answer_count * (scale_max - scale_min) * (scale_max - scale_min)) as index_share_deviation
from sums
