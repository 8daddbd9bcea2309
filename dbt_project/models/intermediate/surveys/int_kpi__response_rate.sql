with surveys as (
    select * from {{ ref('int_survey_invitations__counted') }}
),

rates as (
    select
        grain,
        period_start,
        period_end,
        dimension,
        dimension_value,
        is_complete,
        sum(sent_count) as sent_count,
        sum(answered_count) as answered_count
    from surveys
    group by grain, period_start, period_end, dimension, dimension_value, is_complete
)

select
    'response_rate' as metric_id,
    grain,
    period_start,
    period_end,
    dimension,
    dimension_value,
    {{ safe_divide('answered_count', 'sent_count') }} as value,
    cast(answered_count as double) as numerator,
    cast(sent_count as double) as denominator,
    cast(sent_count as bigint) as n,
    cast(sent_count as double) as n_effective,
    {{ wilson_low('answered_count', 'sent_count') }} as ci_low,
    {{ wilson_high('answered_count', 'sent_count') }} as ci_high,
    sqrt(
        {{ safe_divide('answered_count', 'sent_count') }} * (1 - {{ safe_divide('answered_count', 'sent_count') }})
        / sent_count
    ) as standard_error,
    is_complete
from rates
