{%- set sums = answer_sums() -%}
{%- for point in range(11) -%}
{%- do sums.append(('answer_' ~ point ~ '_count', 'count(*) filter (where round(score) = ' ~ point ~ ')')) -%}
{%- endfor -%}
with answers as (
    select
        *,
        answered_on as counted_on
    from {{ ref('int_survey_answers') }}
),

questions as (
    select * from {{ ref('int_survey_questions') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
),

dimensions as (
    select 'total' as dimension
    union all
    select dimension from {{ source('control', 'dimensions') }}
),

items as (
    select distinct
        item_number,
        parameter_number,
        measure,
        block,
        parameter,
        scale_min,
        scale_max
    from questions
),

{{ summed_by_period('answers', ['item_number'], sums) }}

select
    periods.grain,
    periods.period_start,
    periods.dimension,
    periods.dimension_value,
    items.measure,
    items.block,
    items.parameter,
    items.parameter_number,
    {%- for column, aggregate in sums %}
    {%- set data_type = 'double' if column.startswith('score') else 'bigint' %}
    cast(periods.{{ column }} as {{ data_type }}) as {{ column }},
    {%- endfor %}
    items.scale_min,
    items.scale_max
from periods
inner join items on periods.item_number = items.item_number
