-- Reasons are counted per group by a way of their own; summed over them, the one of no reason included, they are the promoters,
-- passives and detractors behind NPS. A reason counted twice or lost would show here. By product there are no
-- reasons.
with reasons as (
    select * from {{ ref('int_nps__reasons') }}
),

counted as (
    select
        grain,
        period_start,
        dimension,
        dimension_value,
        sum(case when nps_group = 'promoter' then answer_count else 0 end) as promoter_count,
        sum(case when nps_group = 'passive' then answer_count else 0 end) as passive_count,
        sum(case when nps_group = 'detractor' then answer_count else 0 end) as detractor_count
    from reasons
    group by grain, period_start, dimension, dimension_value
),

scores as (
    select * from {{ ref('int_survey_scores') }}
    where measure = 'nps' and dimension <> 'product'
)

select
    scores.grain,
    scores.period_start,
    scores.dimension,
    scores.dimension_value,
    counted.promoter_count,
    counted.passive_count,
    counted.detractor_count
from scores
left join counted
    on
        scores.grain = counted.grain
        and scores.period_start = counted.period_start
        and scores.dimension = counted.dimension
        and scores.dimension_value = counted.dimension_value
where
    coalesce(counted.promoter_count, 0) <> scores.high_count
    or coalesce(counted.passive_count, 0) <> scores.middle_count
    or coalesce(counted.detractor_count, 0) <> scores.low_count
