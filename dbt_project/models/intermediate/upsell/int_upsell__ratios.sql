with counted as (
    select * from {{ ref('int_upsell__counted') }}
),

quantiles as (
    select * from {{ ref('student_t_quantiles') }}
),

final as (
    select
        counted.*,
        {{ safe_divide('counted.different_count', 'counted.one_time_count') }} as upselling_ratio,
        {{ ratio_of_parts_low('counted.different_count', 'counted.one_time_count') }} as upselling_ratio_low,
        {{ ratio_of_parts_high('counted.different_count', 'counted.one_time_count') }} as upselling_ratio_high,
        {{ ratio_of_parts_standard_error('counted.different_count', 'counted.one_time_count') }}
            as upselling_ratio_standard_error,
        {{ safe_divide('counted.distance_sum', 'counted.distance_count') }} as product_distance,
        counted.distance_standard_error * {{ student_t_975('quantiles.quantile', '(counted.distance_count - 1)') }}
            as product_distance_margin
    from counted
    left join quantiles on quantiles.degrees_of_freedom = counted.distance_count - 1
)

select
    grain,
    period_start,
    period_end,
    window_name,
    window_days,
    dimension,
    dimension_value,
    customer_count,
    mature_count,
    one_time_count,
    multi_count,
    same_count,
    different_count,
    both_count,
    upselling_ratio,
    upselling_ratio_low,
    upselling_ratio_high,
    upselling_ratio_standard_error,
    distance_count,
    distance_sum,
    product_distance,
    product_distance - product_distance_margin as product_distance_low,
    product_distance + product_distance_margin as product_distance_high,
    distance_standard_error as product_distance_standard_error,
    is_complete,
    is_suppressed,
    is_distance_suppressed
from final
