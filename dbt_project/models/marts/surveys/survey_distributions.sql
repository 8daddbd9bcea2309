{%- set measures = [
    'nps', 'reverse_nps', 'csat', 'ces', 'cli_recommend', 'cli_repurchase', 'cli_try_other', 'acsi_overall', 'acsi_expectations',
    'acsi_ideal',
] -%}
with items as (
    select * from {{ ref('int_survey_items') }}
    where
        measure in ('{{ measures | join("', '") }}')
        and grain in ('month', 'quarter', 'year')
),

periods as (
    select * from {{ ref('int_periods') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

points as (
    {%- for point in range(11) %}
    select {{ point }} as answer
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- These measures are defined on one scale each.
cells as (
    select
        measure,
        grain,
        period_start,
        dimension,
        dimension_value,
        scale_min,
        scale_max,
        {%- for point in range(11) %}
        sum(answer_{{ point }}_count) as answer_{{ point }}_count,
        {%- endfor %}
        cast(sum(answer_count) as bigint) as n
    from items
    group by measure, grain, period_start, dimension, dimension_value, scale_min, scale_max
),

answers as (
    select
        cells.*,
        points.answer,
        case points.answer
            {%- for point in range(11) %}
            when {{ point }} then cells.answer_{{ point }}_count
            {%- endfor %}
        end as answer_count
    from cells
    inner join points on points.answer between cells.scale_min and cells.scale_max
)

select
    answers.measure,
    answers.grain,
    answers.period_start,
    periods.period_end,
    answers.dimension,
    answers.dimension_value,
    cast(answers.answer as integer) as answer,
    {%- for expression, name in [
        (safe_divide('answers.answer_count', 'answers.n'), 'value'),
        ('answers.answer_count', 'numerator'),
    ] %}
    {{ unless_suppressed(expression, 'answers.n', 'parameters.minimum_n') }} as {{ name }},
    {%- endfor %}
    cast(answers.n as double) as denominator,
    answers.n,
    {%- for expression, name in [
        (wilson_low('answers.answer_count', 'answers.n'), 'ci_low'),
        (wilson_high('answers.answer_count', 'answers.n'), 'ci_high'),
    ] %}
    {{ unless_suppressed(expression, 'answers.n', 'parameters.minimum_n') }} as {{ name }},
    {%- endfor %}
    periods.is_complete,
    answers.n < parameters.minimum_n as is_suppressed
from answers
inner join periods
    on
        answers.grain = periods.grain
        and answers.period_start = periods.period_start
cross join parameters
