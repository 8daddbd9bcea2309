with parts as (
    select * from {{ ref('int_composites__parts') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
),

answers as (
    select
        *,
        'total' as total,
        {{ composite_part('measure', 'parameter_number') }} as part_number,
        dense_rank() over (order by respondent_key) as respondent_number
    from {{ ref('int_survey_answers') }}
    where measure like 'acsi%' or measure like 'servqual%'
),

-- How far each answer moves the mean that it goes into; only configured dimensions have cells.
deviations as (
    {%- for dimension in survey_dimensions() %}
    select
        parts.cell_number,
        parts.block_number,
        parts.part_number,
        parts.block_weight,
        parts.total_weight,
        answers.respondent_number,
        parts.sign * (answers.score - parts.mean_score) / parts.answer_count as influence
    from answers
    inner join calendar on answers.answered_on = calendar.date_day
    inner join parts
        on
            parts.dimension = '{{ dimension }}'
            and answers.{{ dimension }} = parts.dimension_value
            and calendar.grain = parts.grain
            and calendar.period_start = parts.period_start
            and answers.measure = parts.measure
            and answers.part_number = parts.part_number
    where
        (answers.superseded_on is null or answers.superseded_on >= calendar.period_end)
        {%- if dimension != 'brand' %}
        and answers.is_own_brand
        {%- endif %}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- All answers of a respondent in a cell belong together, to both sides of a gap and to all parts.
part_influences as (
    select
        cell_number,
        block_number,
        part_number,
        respondent_number,
        sum(influence) as influence,
        sum(influence * block_weight) as block_influence,
        sum(influence * total_weight) as total_influence,
        max(total_weight) as total_weight
    from deviations
    group by cell_number, block_number, part_number, respondent_number
),

block_influences as (
    select
        cell_number,
        block_number,
        0 as part_number,
        respondent_number,
        sum(block_influence) as influence
    from part_influences
    group by cell_number, block_number, respondent_number
),

-- A respondent who answered only what has no share is none of the total's.
total_influences as (
    select
        cell_number,
        0 as block_number,
        0 as part_number,
        respondent_number,
        sum(total_influence) as influence
    from part_influences
    where total_weight > 0
    group by cell_number, respondent_number
)

{% for level in ['part', 'block', 'total'] -%}
select
    cell_number,
    '{{ level }}' as level,
    block_number,
    part_number,
    count(*) as respondent_count,
    {{ error_of_influences('influence') }} as standard_error
from {{ level }}_influences
group by cell_number, block_number, part_number
{% if not loop.last -%}
union all
{% endif -%}
{%- endfor %}
