{%- set rates = [
    ('retention_rate', 'retained_customers', 'active_customers'),
    ('purchase_rate', 'purchased_customers', 'customers'),
] -%}
with estimates as (
    select * from {{ ref('int_nps_outcomes__estimates') }}
),

quantiles as (
    select * from {{ ref('student_t_quantiles') }}
),

compared as (
    select
        estimates.*,
        detractors.customers as detractors,
        detractors.active_customers as active_detractors,
        {%- for rate, successes, trials in rates %}
        estimates.{{ rate }} - detractors.{{ rate }} as {{ rate }}_difference,
        -- Newcombe (1998): the distances of Wilson's bounds from the rates, joined.
        estimates.{{ rate }} - detractors.{{ rate }} - sqrt(
            power(estimates.{{ rate }} - estimates.{{ rate }}_ci_low, 2)
            + power(detractors.{{ rate }}_ci_high - detractors.{{ rate }}, 2)
        ) as {{ rate }}_difference_ci_low,
        estimates.{{ rate }} - detractors.{{ rate }} + sqrt(
            power(estimates.{{ rate }}_ci_high - estimates.{{ rate }}, 2)
            + power(detractors.{{ rate }} - detractors.{{ rate }}_ci_low, 2)
        ) as {{ rate }}_difference_ci_high,
        {{ safe_divide(
            'estimates.' ~ successes ~ ' + detractors.' ~ successes, 'estimates.' ~ trials ~ ' + detractors.' ~ trials
        ) }} as pooled_{{ rate }},
        1e0 / nullif(estimates.{{ trials }}, 0) + 1e0 / nullif(detractors.{{ trials }}, 0) as inverse_{{ trials }},
        {%- endfor %}
        estimates.revenue_per_customer - detractors.revenue_per_customer as revenue_difference,
        sqrt(
            estimates.revenue_error * estimates.revenue_error + detractors.revenue_error * detractors.revenue_error
        ) as revenue_difference_error,
        {{ welch_degrees_of_freedom(
            '(estimates.revenue_error * estimates.revenue_error)', 'estimates.customers',
            '(detractors.revenue_error * detractors.revenue_error)', 'detractors.customers'
        ) }} as welch_degrees
    from estimates
    inner join estimates as detractors
        on
            estimates.grain = detractors.grain
            and estimates.period_start = detractors.period_start
            and estimates.dimension = detractors.dimension
            and estimates.dimension_value = detractors.dimension_value
            and estimates.horizon_days = detractors.horizon_days
            and detractors.response_group = 'detractor'
    where estimates.response_group <> 'detractor'
),

tested as (
    select
        compared.*,
        {%- for rate, _, trials in rates %}
        {{ safe_divide(
            rate ~ '_difference',
            'sqrt(pooled_' ~ rate ~ ' * (1 - pooled_' ~ rate ~ ') * inverse_' ~ trials ~ ')'
        ) }} as {{ rate }}_z,
        {%- endfor %}
        {{ safe_divide('revenue_difference', 'revenue_difference_error') }} as revenue_t,
        {{ student_t_975('quantiles.quantile', 'compared.welch_degrees') }} as welch_quantile
    from compared
    left join quantiles on compared.welch_degrees = quantiles.degrees_of_freedom
)

select
    grain,
    period_start,
    period_end,
    dimension,
    dimension_value,
    response_group,
    horizon_days,
    customers,
    detractors,
    active_detractors,
    {%- for rate, _, _ in rates %}
    {{ rate }}_difference,
    {{ rate }}_difference_ci_low,
    {{ rate }}_difference_ci_high,
    {{ two_sided_p_value(rate ~ '_z') }} as {{ rate }}_p_value,
    {%- endfor %}
    revenue_difference,
    revenue_difference_error,
    welch_degrees,
    revenue_difference - welch_quantile * revenue_difference_error as revenue_difference_ci_low,
    revenue_difference + welch_quantile * revenue_difference_error as revenue_difference_ci_high,
    {{ student_t_p_value('revenue_t', 'welch_degrees') }} as revenue_p_value,
    is_complete
from tested
