-- The published parts must make the published whole: over the dimensions of service quality the points sum to 100, and the weighted
-- gaps to the overall gap. Cells with a hidden dimension or without a common scale can't be checked from outside.
with parts as (
    select
        grain,
        period_start,
        dimension,
        dimension_value,
        sum(points) as points,
        sum(weighted_gap) as weighted_gap
    from {{ ref('servqual') }}
    where level = 'quality_dimension'
    group by grain, period_start, dimension, dimension_value
    having count(weighted_gap) = count(*)
),

overall as (
    select * from {{ ref('servqual') }}
    where level = 'overall'
)

select
    parts.grain,
    parts.period_start,
    parts.dimension,
    parts.dimension_value,
    parts.points,
    parts.weighted_gap,
    overall.gap
from parts
inner join overall
    on
        parts.grain = overall.grain
        and parts.period_start = overall.period_start
        and parts.dimension = overall.dimension
        and parts.dimension_value = overall.dimension_value
where
    abs(parts.points - 100) > 1e-9
    or abs(parts.weighted_gap - overall.gap) > 1e-9
