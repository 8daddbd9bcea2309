with estimates as (
    select * from {{ ref('int_nps_outcomes__estimates') }}
    where grain = 'year'
),

differences as (
    select * from {{ ref('int_nps_outcomes__differences') }}
    where grain = 'year'
),

log_rank as (
    select
        period_start,
        dimension,
        dimension_value,
        compared_group,
        max(p_value) filter (where event_kind = 'purchase') as purchase_p_value,
        max(p_value) filter (where event_kind = 'churn') as churn_p_value
    from {{ ref('int_nps_outcomes__log_rank') }}
    group by period_start, dimension, dimension_value, compared_group
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
)

-- Two groups make a difference: it is hidden where either is small.
select
    estimates.grain,
    estimates.period_start,
    estimates.dimension,
    estimates.dimension_value,
    estimates.response_group,
    cast(estimates.horizon_days as integer) as horizon_days,
    estimates.customers as n,
    estimates.active_customers,
    {%- set active = 'estimates.active_customers' %}
    {%- set all_customers = 'estimates.customers' %}
    {%- for expression, n, name in [
        ('estimates.retained_customers', active, 'retained_customers'),
        ('estimates.active_customers - estimates.retained_customers', active, 'churned_customers'),
        ('estimates.retention_rate', active, 'retention_rate'),
        ('estimates.retention_rate_ci_low', active, 'retention_rate_ci_low'),
        ('estimates.retention_rate_ci_high', active, 'retention_rate_ci_high'),
        ('estimates.purchased_customers', all_customers, 'purchased_customers'),
        ('estimates.purchase_rate', all_customers, 'purchase_rate'),
        ('estimates.purchase_rate_ci_low', all_customers, 'purchase_rate_ci_low'),
        ('estimates.purchase_rate_ci_high', all_customers, 'purchase_rate_ci_high'),
    ] %}
    {{ unless_suppressed(expression, n, 'parameters.minimum_n') }} as {{ name }},
    {%- endfor %}
    cast(case when estimates.customers >= parameters.minimum_n then estimates.revenue_amount end as decimal(38, 4))
        as revenue_amount,
    {%- for column in ['revenue_per_customer', 'revenue_per_customer_ci_low', 'revenue_per_customer_ci_high'] %}
    {{ unless_suppressed('estimates.' ~ column, all_customers, 'parameters.minimum_n') }} as {{ column }},
    {%- endfor %}
    {%- set active_pair = 'least(estimates.active_customers, differences.active_detractors)' %}
    {%- set pair = 'least(estimates.customers, differences.detractors)' %}
    {%- for stem, n in [('retention_rate', active_pair), ('purchase_rate', pair), ('revenue', pair)] %}
    {%- for part in ['difference', 'difference_ci_low', 'difference_ci_high', 'p_value'] %}
    {{ unless_suppressed('differences.' ~ stem ~ '_' ~ part, n, 'parameters.minimum_n') }} as {{ stem }}_{{ part }},
    {%- endfor %}
    {%- endfor %}
    {{ unless_suppressed('log_rank.purchase_p_value', pair, 'parameters.minimum_n') }}
        as next_purchase_log_rank_p_value,
    {{ unless_suppressed('log_rank.churn_p_value', active_pair, 'parameters.minimum_n') }}
        as churn_log_rank_p_value,
    estimates.is_complete,
    estimates.customers < parameters.minimum_n as is_suppressed
from estimates
left join differences
    on
        estimates.period_start = differences.period_start
        and estimates.dimension = differences.dimension
        and estimates.dimension_value = differences.dimension_value
        and estimates.response_group = differences.response_group
        and estimates.horizon_days = differences.horizon_days
left join log_rank
    on
        estimates.period_start = log_rank.period_start
        and estimates.dimension = log_rank.dimension
        and estimates.dimension_value = log_rank.dimension_value
        and estimates.response_group = log_rank.compared_group
cross join parameters
