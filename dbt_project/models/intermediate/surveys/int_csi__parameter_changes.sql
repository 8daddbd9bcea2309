{%- set cell = 'grain, period_number, dimension, dimension_value' -%}
{%- set figures = ['n', 'importance', 'weight', 'score'] -%}
with parameters as (
    select
        measured.grain,
        periods.period_number,
        measured.dimension,
        measured.dimension_value,
        measured.block,
        measured.parameter,
        measured.has_fixed_weight,
        cast(least(
            measured.satisfaction_count,
            case
                when measured.importance_count > 0 then measured.importance_count else measured.satisfaction_count
            end
        ) as double) as n,
        measured.importance,
        measured.weight,
        measured.satisfaction_index_share as score
    from {{ ref('int_csi__parameters') }} as measured
    inner join {{ ref('int_periods') }} as periods
        on
            measured.grain = periods.grain
            and measured.period_start = periods.period_start
    where measured.weight is not null and measured.grain in ('month', 'quarter', 'year')
),

group_changes as (
    select * from {{ ref('int_csi__group_changes') }}
),

seen as (
    {%- for is_previous in [false, true] %}
    select
        grain,
        {{ 'period_number + 1 as period_number' if is_previous else 'period_number' }},
        dimension,
        dimension_value,
        block,
        parameter,
        {%- for figure in figures %}
        {{ 'cast(null as double)' if is_previous else figure }} as {{ figure }},
        {{ figure if is_previous else 'cast(null as double)' }} as previous_{{ figure }},
        {%- endfor %}
        has_fixed_weight
    from parameters
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

paired as (
    select
        {{ cell }},
        block,
        parameter,
        {%- for figure in figures %}
        max({{ figure }}) as {{ figure }},
        max(previous_{{ figure }}) as previous_{{ figure }},
        {%- endfor %}
        has_fixed_weight
    from seen
    group by {{ cell }}, block, parameter, has_fixed_weight
),

-- Only cells with an index in both periods have a change.
comparable as (
    select *
    from paired
    qualify
        count(weight) over (partition by {{ cell }}) > 0
        and count(previous_weight) over (partition by {{ cell }}) > 0
)

-- A parameter that is in one of the indices only keeps its score, and its importance comes or goes.
select
    comparable.grain,
    comparable.period_number,
    comparable.dimension,
    comparable.dimension_value,
    group_changes.group_dimension,
    comparable.block,
    comparable.parameter,
    {%- for figure in figures %}
    comparable.{{ figure }},
    comparable.previous_{{ figure }},
    {%- endfor %}
    case
        when comparable.weight is null or comparable.previous_weight is null then 0
        else group_changes.score_change_within
    end as score_change_within,
    case
        when comparable.weight is null or comparable.previous_weight is null then 0
        else group_changes.score_change_of_mix
    end as score_change_of_mix,
    case
        when comparable.has_fixed_weight or comparable.weight is null or comparable.previous_weight is null
            then coalesce(comparable.importance, 0) - coalesce(comparable.previous_importance, 0)
        else group_changes.importance_change_within
    end as importance_change_within,
    case
        when comparable.has_fixed_weight or comparable.weight is null or comparable.previous_weight is null then 0
        else group_changes.importance_change_of_mix
    end as importance_change_of_mix
from comparable
inner join group_changes
    on
        comparable.grain = group_changes.grain
        and comparable.period_number = group_changes.period_number
        and comparable.dimension = group_changes.dimension
        and comparable.dimension_value = group_changes.dimension_value
        and comparable.parameter = group_changes.parameter
