with summaries as (
    select * from {{ ref('int_purchase_intervals__summaries') }}
),

shares as (
    select * from {{ ref('int_purchase_intervals__shares') }}
),

student_t_quantiles as (
    select * from {{ ref('student_t_quantiles') }}
),

means as (
    select
        summaries.*,
        {{ safe_divide('summaries.standard_deviation_days', 'sqrt(summaries.second_purchases)') }} as standard_error,
        {{ student_t_975('student_t_quantiles.quantile', '(summaries.second_purchases - 1)') }} as quantile
    from summaries
    left join student_t_quantiles on summaries.second_purchases - 1 = student_t_quantiles.degrees_of_freedom
)

{% set keys = 'grain, period_start, period_end, dimension, dimension_value' -%}
{%- for measure, value, numerator, n, low, high, standard_error in [
    (
        'purchase_interval_mean', 'mean_days', 'total_days', 'second_purchases',
        'mean_days - quantile * standard_error', 'mean_days + quantile * standard_error', 'standard_error'
    ),
    ('purchase_interval_standard_deviation', 'standard_deviation_days', 'null', 'second_purchases', 'null', 'null', 'null'),
    ('purchase_interval_median', 'median_days', 'null', 'second_purchases', 'median_low_days', 'median_high_days', 'null'),
    ('purchase_interval_km_median', 'km_median_days', 'null', 'customers', 'km_median_low_days', 'km_median_high_days', 'null'),
] %}
select
    {{ keys }},
    '{{ measure }}' as measure,
    cast({{ value }} as double) as value,
    cast({{ numerator }} as double) as numerator,
    {{ n }} as n,
    cast({{ low }} as double) as ci_low,
    cast({{ high }} as double) as ci_high,
    cast({{ standard_error }} as double) as standard_error,
    is_complete
from means
where {{ n }} > 0
union all
{%- endfor %}
select
    {{ keys }},
    'second_purchase_within_' || cast(horizon_days as {{ dbt.type_string() }}) as measure,
    {{ safe_divide('second_purchases', 'customers') }} as value,
    cast(second_purchases as double) as numerator,
    customers as n,
    {{ wilson_low('second_purchases', 'customers') }} as ci_low,
    {{ wilson_high('second_purchases', 'customers') }} as ci_high,
    sqrt({{ safe_divide(
        'cast(second_purchases as double) * (customers - second_purchases)', 'power(cast(customers as double), 3)'
    ) }}) as standard_error,
    is_complete
from shares
