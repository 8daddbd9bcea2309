with counts as (
    select * from {{ ref('int_repurchase__counts') }}
)

select
    grain,
    period_start,
    period_end,
    dimension,
    dimension_value,
    window_days,
    window_name,
    'repurchase_ratio' as rate_name,
    repeat_same_customers as numerator,
    one_time_customers as denominator,
    customers,
    {{ safe_divide('repeat_same_customers', 'one_time_customers') }} as value,
    {{ ratio_of_parts_low('repeat_same_customers', 'one_time_customers') }} as ci_low,
    {{ ratio_of_parts_high('repeat_same_customers', 'one_time_customers') }} as ci_high,
    {{ ratio_of_parts_standard_error('repeat_same_customers', 'one_time_customers') }} as standard_error,
    is_complete
from counts
union all
select
    grain,
    period_start,
    period_end,
    dimension,
    dimension_value,
    window_days,
    window_name,
    'repeat_purchase_rate' as rate_name,
    multi_customers as numerator,
    customers as denominator,
    customers,
    {{ safe_divide('multi_customers', 'customers') }} as value,
    {{ wilson_low('multi_customers', 'customers') }} as ci_low,
    {{ wilson_high('multi_customers', 'customers') }} as ci_high,
    sqrt({{ safe_divide(
        'cast(multi_customers as double) * one_time_customers', 'power(cast(customers as double), 3)'
    ) }}) as standard_error,
    is_complete
from counts
