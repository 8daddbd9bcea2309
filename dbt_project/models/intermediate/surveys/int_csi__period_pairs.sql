with indices as (
    select * from {{ ref('int_csi__indices') }}
    where grain in ('month', 'quarter', 'year')
),

periods as (
    select * from {{ ref('int_periods') }}
)

select
    periods.grain,
    periods.period_number,
    periods.period_start,
    periods.period_end,
    befores.period_start as previous_period_start,
    indices.dimension,
    indices.dimension_value,
    indices.respondent_count as n,
    previous_indices.respondent_count as previous_n,
    -- From one scale to another, scores have no common unit.
    case
        when indices.scale_min = previous_indices.scale_min and indices.scale_max = previous_indices.scale_max
            then (indices.scale_max - indices.scale_min) / 100
    end as score_per_index_point,
    periods.is_complete
from indices
inner join periods
    on
        indices.grain = periods.grain
        and indices.period_start = periods.period_start
inner join periods as befores
    on
        periods.grain = befores.grain
        and periods.period_number = befores.period_number + 1
inner join indices as previous_indices
    on
        befores.grain = previous_indices.grain
        and befores.period_start = previous_indices.period_start
        and indices.dimension = previous_indices.dimension
        and indices.dimension_value = previous_indices.dimension_value
