{%- set grouping_dimensions = ['segment', 'region', 'channel'] -%}
with calendar as (
    select * from {{ ref('int_calendar') }}
    where grain = 'month'
),

dimensions as (
    select 'total' as dimension
    union all
    select dimension from {{ source('control', 'dimensions') }}
),

-- Within a value of a dimension, respondents are told apart by the first of the others.
answers as (
    select
        answers.*,
        {{ start_of('month', 'answers.superseded_on') }} as superseded_month,
        {%- for dimension in ['total'] + grouping_dimensions %}
        case
            {%- for grouping in grouping_dimensions if grouping != dimension %}
            when '{{ grouping }}' in (select dimensions.dimension from dimensions) then '{{ grouping }}'
            {%- endfor %}
            else 'total'
        end as group_dimension_of_{{ dimension }},
        {%- endfor %}
        calendar.period_start as month_start
    from {{ ref('int_survey_answers') }} as answers
    inner join calendar on answers.answered_on = calendar.date_day
    where answers.measure in ('csi_satisfaction', 'csi_importance')
),

grouped as (
    {%- for dimension in survey_dimensions() %}
    {%- set group_dimension = 'group_dimension_of_' ~ (dimension if dimension in grouping_dimensions else 'total') %}
    select
        '{{ dimension }}' as dimension,
        {{ "'total'" if dimension == 'total' else dimension }} as dimension_value,
        {{ group_dimension }} as group_dimension,
        case {{ group_dimension }}
            {%- for grouping in grouping_dimensions %}
            when '{{ grouping }}' then {{ grouping }}
            {%- endfor %}
            else 'total'
        end as group_value,
        item_number,
        month_start,
        superseded_month,
        score
    from answers
    where
        '{{ dimension }}' in (select dimensions.dimension from dimensions)
        {%- if dimension != 'brand' %}
        and is_own_brand
        {%- endif %}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    dimension,
    dimension_value,
    group_dimension,
    group_value,
    item_number,
    month_start,
    superseded_month,
    count(*) as answer_count,
    sum(score) as score_sum
from grouped
group by dimension, dimension_value, group_dimension, group_value, item_number, month_start, superseded_month
