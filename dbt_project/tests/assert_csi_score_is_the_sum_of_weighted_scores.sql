-- The published parts must make the published whole: over the parameters of a cell the weights sum to 1, and their weighted scores
-- to `csi_score`; the same holds for blocks. Cells with a hidden or scaleless parameter can't be checked from outside.
with parts as (
    select
        grain,
        period_start,
        dimension,
        dimension_value,
        level,
        sum(weight) as weight,
        sum(weighted_score) as weighted_score
    from {{ ref('csi_parameters') }}
    group by grain, period_start, dimension, dimension_value, level
    having
        max(case when is_suppressed then 1 else 0 end) = 0
        and count(weight) = count(weighted_score)
),

scores as (
    select * from {{ ref('int_kpi__csi') }}
    where metric_id = 'csi_score'
)

select
    parts.grain,
    parts.period_start,
    parts.dimension,
    parts.dimension_value,
    parts.level,
    parts.weight,
    parts.weighted_score,
    scores.value
from parts
inner join scores
    on
        parts.grain = scores.grain
        and parts.period_start = scores.period_start
        and parts.dimension = scores.dimension
        and parts.dimension_value = scores.dimension_value
where
    abs(parts.weight - 1) > 1e-9
    or abs(parts.weighted_score - scores.value) > 1e-9
