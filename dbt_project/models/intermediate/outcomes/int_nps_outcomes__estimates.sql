with groups as (
    select * from {{ ref('int_nps_outcomes__groups') }}
),

quantiles as (
    select * from {{ ref('student_t_quantiles') }}
),

averaged as (
    select
        *,
        {{ safe_divide('retained_customers', 'active_customers') }} as retention_rate,
        {{ wilson_low('retained_customers', 'active_customers') }} as retention_rate_ci_low,
        {{ wilson_high('retained_customers', 'active_customers') }} as retention_rate_ci_high,
        {{ safe_divide('purchased_customers', 'customers') }} as purchase_rate,
        {{ wilson_low('purchased_customers', 'customers') }} as purchase_rate_ci_low,
        {{ wilson_high('purchased_customers', 'customers') }} as purchase_rate_ci_high,
        {{ safe_divide('revenue_amount', 'customers') }} as revenue_per_customer,
        {{ standard_error_of_mean('customers', 'cast(revenue_amount as double)', 'revenue_square_sum') }}
            as revenue_error
    from groups
)

select
    averaged.grain,
    averaged.period_start,
    averaged.period_end,
    averaged.dimension,
    averaged.dimension_value,
    averaged.response_group,
    averaged.horizon_days,
    averaged.customers,
    averaged.active_customers,
    averaged.retained_customers,
    averaged.purchased_customers,
    averaged.revenue_amount,
    averaged.retention_rate,
    averaged.retention_rate_ci_low,
    averaged.retention_rate_ci_high,
    averaged.purchase_rate,
    averaged.purchase_rate_ci_low,
    averaged.purchase_rate_ci_high,
    averaged.revenue_per_customer,
    averaged.revenue_error,
    averaged.revenue_per_customer
    - {{ student_t_975('quantiles.quantile', '(averaged.customers - 1)') }} * averaged.revenue_error
        as revenue_per_customer_ci_low,
    averaged.revenue_per_customer
    + {{ student_t_975('quantiles.quantile', '(averaged.customers - 1)') }} * averaged.revenue_error
        as revenue_per_customer_ci_high,
    averaged.is_complete
from averaged
left join quantiles on averaged.customers - 1 = quantiles.degrees_of_freedom
