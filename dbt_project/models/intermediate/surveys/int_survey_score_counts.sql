with answers as (
    select * from {{ ref('int_survey_answers') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
),

dimensions as (
    select 'total' as dimension
    union all
    select dimension from {{ source('control', 'dimensions') }}
),

-- Counted by day first: periods are sums of days, and there are far fewer days than answers.
daily as (
    {%- for dimension in survey_dimensions() %}
    select
        '{{ dimension }}' as dimension,
        {{ "'total'" if dimension == 'total' else dimension }} as dimension_value,
        measure,
        block,
        parameter,
        scale_min,
        scale_max,
        score,
        answered_on,
        superseded_on,
        count(*) as answer_count
    from answers
    where exists (select 1 from dimensions where dimensions.dimension = '{{ dimension }}')
    group by {{ "" if dimension == 'total' else dimension ~ ", " }}measure, block, parameter, scale_min, scale_max, score, answered_on, superseded_on
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    calendar.grain,
    calendar.period_start,
    daily.dimension,
    daily.dimension_value,
    daily.measure,
    daily.block,
    daily.parameter,
    daily.scale_min,
    daily.scale_max,
    daily.score,
    cast(sum(daily.answer_count) as bigint) as answer_count
from daily
inner join calendar on daily.answered_on = calendar.date_day
where daily.superseded_on is null or daily.superseded_on >= calendar.period_end
group by
    calendar.grain,
    calendar.period_start,
    daily.dimension,
    daily.dimension_value,
    daily.measure,
    daily.block,
    daily.parameter,
    daily.scale_min,
    daily.scale_max,
    daily.score
