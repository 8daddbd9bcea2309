-- The effects must be the whole change of the index and nothing else, or the reader is told a wrong reason: in every cell that has
-- an index in two consecutive periods, what the groups of respondents add up to is compared with the indices in `kpi`.
with effects as (
    select * from {{ ref('int_csi__effects') }}
    where level = 'total'
),

indices as (
    select
        periods.period_number,
        indices.*
    from {{ ref('int_kpi__csi') }} as indices
    inner join {{ ref('int_periods') }} as periods
        on
            indices.grain = periods.grain
            and indices.period_start = periods.period_start
    where indices.metric_id = 'csi_index' and indices.grain in ('month', 'quarter', 'year')
)

select
    indices.grain,
    indices.period_start,
    indices.dimension,
    indices.dimension_value,
    indices.value - befores.value as change,
    effects.performance_effect,
    effects.importance_effect,
    effects.mix_effect
from indices
inner join indices as befores
    on
        indices.grain = befores.grain
        and indices.period_number = befores.period_number + 1
        and indices.dimension = befores.dimension
        and indices.dimension_value = befores.dimension_value
left join effects
    on
        indices.grain = effects.grain
        and indices.period_number = effects.period_number
        and indices.dimension = effects.dimension
        and indices.dimension_value = effects.dimension_value
where
    effects.mix_effect is null
    or abs(
        effects.performance_effect + effects.importance_effect + effects.mix_effect - (indices.value - befores.value)
    ) > 1e-9
