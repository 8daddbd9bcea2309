with surveys as (
    select * from {{ ref('int_survey_invitations__counted') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
)

select
    surveys.grain,
    surveys.period_start,
    surveys.period_end,
    surveys.dimension,
    surveys.dimension_value,
    surveys.survey_id,
    {%- for expression, name in [
        (safe_divide('surveys.answered_count', 'surveys.sent_count'), 'value'),
        ('surveys.answered_count', 'numerator'),
    ] %}
    {{ unless_suppressed(expression, 'surveys.sent_count', 'parameters.minimum_n') }} as {{ name }},
    {%- endfor %}
    cast(surveys.sent_count as double) as denominator,
    surveys.sent_count as n,
    {%- for expression, name in [
        (wilson_low('surveys.answered_count', 'surveys.sent_count'), 'ci_low'),
        (wilson_high('surveys.answered_count', 'surveys.sent_count'), 'ci_high'),
    ] %}
    {{ unless_suppressed(expression, 'surveys.sent_count', 'parameters.minimum_n') }} as {{ name }},
    {%- endfor %}
    surveys.is_complete,
    surveys.sent_count < parameters.minimum_n as is_suppressed
from surveys
cross join parameters
