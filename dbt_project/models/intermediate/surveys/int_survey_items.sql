{%- set sums = ['answer_count', 'score_sum', 'score_square_sum', 'high_count', 'middle_count', 'low_count'] -%}
{%- for point in range(11) %}{% do sums.append('answer_' ~ point ~ '_count') %}{% endfor -%}
with answers as (
    select * from {{ ref('int_survey_answers') }}
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

-- Summed by day first: every period is a sum of its days, except for the answers superseded within it.
daily as (
    {%- for dimension in survey_dimensions() %}
    select
        '{{ dimension }}' as dimension,
        {{ "'total'" if dimension == 'total' else dimension }} as dimension_value,
        item_number,
        superseded_on,
        count(*) as answer_count,
        sum(score) as score_sum,
        sum(score * score) as score_square_sum,
        {%- for group in ['high', 'middle', 'low'] %}
        count(*) filter (where answer_group = '{{ group }}') as {{ group }}_count,
        {%- endfor %}
        {%- for point in range(11) %}
        count(*) filter (where round(score) = {{ point }}) as answer_{{ point }}_count,
        {%- endfor %}
        answered_on
    from answers
    where
        '{{ dimension }}' in (select dimensions.dimension from dimensions)
        {%- if dimension != 'brand' %}
        and is_own_brand
        {%- endif %}
    group by {{ "" if dimension == 'total' else dimension ~ ", " }}item_number, answered_on, superseded_on
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

periods as (
    select
        calendar.grain,
        calendar.period_start,
        daily.dimension,
        daily.dimension_value,
        {%- for column in sums %}
        sum(daily.{{ column }}) as {{ column }},
        {%- endfor %}
        daily.item_number
    from daily
    inner join calendar on daily.answered_on = calendar.date_day
    where daily.superseded_on is null or daily.superseded_on >= calendar.period_end
    group by calendar.grain, calendar.period_start, daily.dimension, daily.dimension_value, daily.item_number
)

select
    periods.grain,
    periods.period_start,
    periods.dimension,
    periods.dimension_value,
    items.measure,
    items.block,
    items.parameter,
    items.parameter_number,
    {%- for column in sums %}
    {%- set data_type = 'double' if column.startswith('score') else 'bigint' %}
    cast(periods.{{ column }} as {{ data_type }}) as {{ column }},
    {%- endfor %}
    items.scale_min,
    items.scale_max
from periods
inner join items on periods.item_number = items.item_number
