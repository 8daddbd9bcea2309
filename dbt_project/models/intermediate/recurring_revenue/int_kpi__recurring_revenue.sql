with totals as (
    select * from {{ ref('int_recurring_revenue__totals') }}
),

retention as (
    select * from {{ ref('int_recurring_revenue__retention') }}
),

movements as (
    select * from {{ ref('int_recurring_revenue__movements') }}
    where end_mrr_amount > 0
),

customer_dimensions as (
    select * from {{ ref('int_customer_dimensions') }}
),

t_quantiles as (
    select * from {{ ref('student_t_quantiles') }}
),

-- The spread of revenue over customers, for the mean revenue per customer.
spreads as (
    select
        customer_dimensions.dimension,
        customer_dimensions.dimension_value,
        movements.grain,
        movements.period_number,
        nullif(stddev_samp(cast(movements.end_mrr_amount as double)) / sqrt(count(*)), 0) as arpa_standard_error
    from movements
    inner join customer_dimensions on movements.customer_id = customer_dimensions.customer_id
    group by
        customer_dimensions.dimension, customer_dimensions.dimension_value, movements.grain, movements.period_number
),

described as (
    select
        totals.*,
        totals.new_customer_count + totals.reactivation_customer_count + totals.expansion_customer_count
        + totals.contraction_customer_count + totals.churn_customer_count as moved_customer_count,
        retention.n_effective as start_n_effective,
        retention.nrr,
        retention.nrr_numerator_amount,
        retention.nrr_standard_error,
        retention.nrr_ci_low,
        retention.nrr_ci_high,
        retention.grr,
        retention.grr_numerator_amount,
        retention.grr_standard_error,
        retention.grr_ci_low,
        retention.grr_ci_high,
        spreads.arpa_standard_error,
        spreads.arpa_standard_error
        * {{ student_t_975('t_quantiles.quantile', '(totals.end_customer_count - 1)') }} as arpa_margin
    from totals
    left join retention
        on
            totals.dimension = retention.dimension
            and totals.dimension_value = retention.dimension_value
            and totals.grain = retention.grain
            and totals.period_number = retention.period_number
    left join spreads
        on
            totals.dimension = spreads.dimension
            and totals.dimension_value = spreads.dimension_value
            and totals.grain = spreads.grain
            and totals.period_number = spreads.period_number
    left join t_quantiles on t_quantiles.degrees_of_freedom = totals.end_customer_count - 1
),

{#- Per metric: numerator, denominator, n, effective n, lower and upper bound, standard error. -#}
{%- set arpa = safe_divide('end_mrr_amount', 'end_customer_count') %}
{%- set churned = 'churn_amount + contraction_amount - expansion_amount' %}
{%- set metrics = {
    'nrr': [
        'nrr_numerator_amount', 'start_mrr_amount', 'start_customer_count', 'start_n_effective',
        'nrr_ci_low', 'nrr_ci_high', 'nrr_standard_error'
    ],
    'grr': [
        'grr_numerator_amount', 'start_mrr_amount', 'start_customer_count', 'start_n_effective',
        'grr_ci_low', 'grr_ci_high', 'grr_standard_error'
    ],
    'net_mrr_churn_rate': [
        churned, 'start_mrr_amount', 'start_customer_count', 'start_n_effective',
        '1 - nrr_ci_high', '1 - nrr_ci_low', 'nrr_standard_error'
    ],
    'net_mrr_churn_rate_with_reactivation': [
        churned ~ ' - reactivation_amount', 'start_mrr_amount', 'start_customer_count', 'start_n_effective', 'null', 'null', 'null'
    ],
    'quick_ratio': [
        'new_amount + reactivation_amount + expansion_amount', 'contraction_amount + churn_amount', 'moved_customer_count', 'moved_customer_count',
        'null', 'null', 'null'
    ],
    'arpa_recurring': [
        'end_mrr_amount', 'end_customer_count', 'end_customer_count', 'end_customer_count',
        'case when arpa_margin is not null then greatest(0.0, ' ~ arpa ~ ' - arpa_margin) end', arpa ~ ' + arpa_margin', 'arpa_standard_error'
    ],
} %}

measured as (
    select
        'mrr' as metric_id,
        *,
        cast(end_mrr_amount as double) as value,
        cast(end_mrr_amount as double) as numerator,
        cast(null as double) as denominator,
        end_customer_count as n,
        cast(end_customer_count as double) as n_effective,
        cast(null as double) as ci_low,
        cast(null as double) as ci_high,
        cast(null as double) as standard_error
    from described
    where end_customer_count > 0
    {%- for metric_id, (numerator, denominator, n, n_effective, ci_low, ci_high, standard_error) in metrics.items() %}
    union all
    select
        '{{ metric_id }}' as metric_id,
        *,
        {{ safe_divide(numerator, denominator) }} as value,
        cast({{ numerator }} as double) as numerator,
        cast({{ denominator }} as double) as denominator,
        {{ n }} as n,
        cast({{ n_effective }} as double) as n_effective,
        cast({{ ci_low }} as double) as ci_low,
        cast({{ ci_high }} as double) as ci_high,
        cast({{ standard_error }} as double) as standard_error
    from described
    where {{ denominator }} > 0
    {%- endfor %}
)

select
    metric_id,
    grain,
    period_start,
    period_end,
    dimension,
    dimension_value,
    value,
    numerator,
    denominator,
    cast(n as bigint) as n,
    n_effective,
    ci_low,
    ci_high,
    standard_error,
    is_complete
from measured
