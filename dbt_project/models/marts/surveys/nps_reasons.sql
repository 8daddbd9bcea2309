with reasons as (
    select * from {{ ref('int_nps__reasons') }}
),

periods as (
    select * from {{ ref('int_periods') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
)

select
    reasons.grain,
    reasons.period_start,
    periods.period_end,
    reasons.dimension,
    reasons.dimension_value,
    reasons.nps_group,
    reasons.reason_code,
    {%- for expression, name in [
        (safe_divide('reasons.answer_count', 'reasons.group_count'), 'value'),
        ('reasons.answer_count', 'numerator'),
    ] %}
    {{ unless_suppressed(expression, 'reasons.group_count', 'parameters.minimum_n') }} as {{ name }},
    {%- endfor %}
    cast(reasons.group_count as double) as denominator,
    reasons.group_count as n,
    {%- for expression, name in [
        (wilson_low('reasons.answer_count', 'reasons.group_count'), 'ci_low'),
        (wilson_high('reasons.answer_count', 'reasons.group_count'), 'ci_high'),
    ] %}
    {{ unless_suppressed(expression, 'reasons.group_count', 'parameters.minimum_n') }} as {{ name }},
    {%- endfor %}
    {{ unless_suppressed(
        "case when reasons.reason_code <> 'unknown' then "
        ~ safe_divide('reasons.answer_count', 'reasons.reason_count') ~ " end",
        'reasons.group_count',
        'parameters.minimum_n'
    ) }} as share_of_reasons,
    periods.is_complete,
    reasons.group_count < parameters.minimum_n as is_suppressed
from reasons
inner join periods
    on
        reasons.grain = periods.grain
        and reasons.period_start = periods.period_start
cross join parameters
