with support as (
    select * from {{ ref('int_support__counted') }}
),

contacts as (
    select * from {{ ref('int_contact_ratio__counted') }}
),

periods as (
    select * from {{ ref('int_periods') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

metrics as (
    select
        'contact_ratio' as metric_id,
        grain,
        period_start,
        dimension,
        dimension_value,
        request_count as numerator,
        transaction_count as denominator,
        {{ safe_divide(poisson_low('request_count'), 'transaction_count') }} as ci_low,
        {{ safe_divide(poisson_high('request_count'), 'transaction_count') }} as ci_high,
        nullif({{ safe_divide('sqrt(request_count)', 'transaction_count') }}, 0) as standard_error,
        0 as days_to_wait
    from contacts
    {%- for metric_id, successes, trials in [
        ('fcr', 'resolved_count', 'observed_count'),
        ('fcr_recorded', 'recorded_resolved_count', 'recorded_count'),
    ] %}
    union all
    select
        '{{ metric_id }}' as metric_id,
        support.grain,
        support.period_start,
        support.dimension,
        support.dimension_value,
        support.{{ successes }} as numerator,
        support.{{ trials }} as denominator,
        {{ wilson_low('support.' ~ successes, 'support.' ~ trials) }} as ci_low,
        {{ wilson_high('support.' ~ successes, 'support.' ~ trials) }} as ci_high,
        sqrt({{ safe_divide(
            'cast(support.' ~ successes ~ ' as double) * (support.' ~ trials ~ ' - support.' ~ successes ~ ')',
            'power(cast(support.' ~ trials ~ ' as double), 3)'
        ) }}) as standard_error,
        {{ 'parameters.support_repeat_window_days' if metric_id == 'fcr' else 0 }} as days_to_wait
    from support
    cross join parameters
    {%- endfor %}
)

-- A rate of first contacts is complete when the window of a request of the period's last day is over.
select
    metrics.metric_id,
    metrics.grain,
    metrics.period_start,
    periods.period_end,
    metrics.dimension,
    metrics.dimension_value,
    {{ safe_divide('metrics.numerator', 'metrics.denominator') }} as value,
    cast(metrics.numerator as double) as numerator,
    cast(metrics.denominator as double) as denominator,
    cast(metrics.denominator as bigint) as n,
    cast(metrics.denominator as double) as n_effective,
    cast(metrics.ci_low as double) as ci_low,
    cast(metrics.ci_high as double) as ci_high,
    cast(metrics.standard_error as double) as standard_error,
    {{ add_days('periods.period_end', 'metrics.days_to_wait - 1') }} <= parameters.as_of_date as is_complete
from metrics
inner join periods
    on metrics.grain = periods.grain and metrics.period_start = periods.period_start
cross join parameters
where metrics.denominator > 0
