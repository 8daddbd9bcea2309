with parts as (
    select
        *,
        1.0 as part_weight
    from {{ ref('int_composites__parts') }}
),

errors as (
    select * from {{ ref('int_composites__errors') }}
),

quantiles as (
    select * from {{ ref('student_t_quantiles') }}
),

-- Each level adds up the one below with its weights; what counts nothing has no say in the total's scale either.
levels as (
    {%- for level, block, part, block_number, part_number, separate in [
        ('part', 'block', 'part', 'block_number', 'part_number', ', block, block_number, part, part_number'),
        ('block', 'block', "'total'", 'block_number', '0', ', block, block_number'),
        ('total', "'total'", "'total'", '0', '0', ''),
    ] %}
    select
        composite,
        grain,
        period_start,
        dimension,
        dimension_value,
        cell_number,
        '{{ level }}' as level,
        {{ block }} as block,
        {{ part }} as part,
        {{ block_number }} as block_number,
        {{ part_number }} as part_number,
        sum(sign * {{ level }}_weight * mean_score) as value,
        sum({{ level }}_weight * mean_score) filter (where sign = 1) as perception_score,
        sum({{ level }}_weight * mean_score) filter (where sign = -1) as expectation_score,
        sum(answer_count) filter (where sign = 1) as perception_count,
        sum(answer_count) filter (where sign = -1) as expectation_count,
        {{ "null" if level == 'part' else "max(share)" if level == 'block' else "1" }} as share,
        {{ common_value('scale_min', 'scale_max') }} as scale_min,
        {{ common_value('scale_max', 'scale_min') }} as scale_max
    from parts
    where {{ level }}_weight {{ "> 0" if level == 'total' else "is not null" }}
    group by composite, grain, period_start, dimension, dimension_value, cell_number{{ separate }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    levels.composite,
    levels.grain,
    levels.period_start,
    levels.dimension,
    levels.dimension_value,
    levels.level,
    levels.block,
    levels.part,
    levels.value,
    levels.perception_score,
    levels.expectation_score,
    cast(levels.perception_count as bigint) as perception_count,
    cast(levels.expectation_count as bigint) as expectation_count,
    cast(levels.share as double) as share,
    levels.scale_min,
    levels.scale_max,
    errors.respondent_count,
    errors.standard_error,
    {{ student_t_975('quantiles.quantile', '(errors.respondent_count - 1)') }} as quantile
from levels
inner join errors
    on
        levels.cell_number = errors.cell_number
        and levels.level = errors.level
        and levels.block_number = errors.block_number
        and levels.part_number = errors.part_number
left join quantiles on quantiles.degrees_of_freedom = errors.respondent_count - 1
