with effects as (
    select
        *,
        min(least_n) over (partition by grain, period_number, dimension, dimension_value) as least_n_of_cell,
        row_number() over (
            partition by grain, period_number, dimension, dimension_value
            order by least_n nulls last, parameter
        ) as size_rank
    from {{ ref('int_csi__effects') }}
),

period_pairs as (
    select * from {{ ref('int_csi__period_pairs') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- The only hidden parameter of a cell would be what the others leave of its total: the next smallest is hidden with it.
figures as (
    select
        period_pairs.*,
        effects.level,
        effects.block,
        effects.parameter,
        effects.group_dimension,
        case when effects.level = 'total' then period_pairs.n else effects.n end as row_n,
        case when effects.level = 'total' then period_pairs.previous_n else effects.previous_n end as previous_row_n,
        effects.weight,
        effects.previous_weight,
        effects.csi_index,
        effects.previous_csi_index,
        effects.performance_effect,
        effects.importance_effect,
        effects.mix_effect,
        least(period_pairs.n, period_pairs.previous_n) < parameters.minimum_n
        or (
            effects.level = 'parameter'
            and effects.least_n_of_cell < parameters.minimum_n
            and (effects.least_n < parameters.minimum_n or effects.size_rank <= 2)
        ) as is_suppressed
    from effects
    inner join period_pairs
        on
            effects.grain = period_pairs.grain
            and effects.period_number = period_pairs.period_number
            and effects.dimension = period_pairs.dimension
            and effects.dimension_value = period_pairs.dimension_value
    cross join parameters
)

select
    grain,
    period_start,
    period_end,
    previous_period_start,
    dimension,
    dimension_value,
    level,
    block,
    parameter,
    nullif(group_dimension, 'total') as group_dimension,
    cast(row_n as bigint) as n,
    cast(previous_row_n as bigint) as previous_n,
    {%- set total = '(performance_effect + importance_effect + mix_effect)' %}
    {%- for expression, name in [
        ('weight', 'weight'),
        ('previous_weight', 'previous_weight'),
        ('csi_index', 'csi_index'),
        ('previous_csi_index', 'previous_csi_index'),
        ('csi_index - previous_csi_index', 'csi_index_change'),
        ('performance_effect', 'performance_effect'),
        ('importance_effect', 'importance_effect'),
        ('mix_effect', 'mix_effect'),
        (total, 'total_effect'),
        ('score_per_index_point * performance_effect', 'score_performance_effect'),
        ('score_per_index_point * importance_effect', 'score_importance_effect'),
        ('score_per_index_point * mix_effect', 'score_mix_effect'),
        ('score_per_index_point * ' ~ total, 'score_total_effect'),
    ] %}
    cast(case when not is_suppressed then {{ expression }} end as double) as {{ name }},
    {%- endfor %}
    is_complete,
    is_suppressed
from figures
