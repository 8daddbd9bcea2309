with ratios as (
    select * from {{ ref('int_upsell__ratios') }}
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
    mature_count as n,
    one_time_count as denominator,
    is_complete,
    is_suppressed,
    {%- for column in ['multi_count', 'same_count', 'different_count', 'both_count'] %}
    case when not is_suppressed then {{ column }} end as {{ column }},
    {%- endfor %}
    case when not is_suppressed then different_count end as numerator,
    case when not is_suppressed then upselling_ratio end as value,
    case when not is_suppressed then upselling_ratio_low end as ci_low,
    case when not is_suppressed then upselling_ratio_high end as ci_high,
    distance_count as product_distance_n,
    is_distance_suppressed as is_product_distance_suppressed,
    {%- for column in ['product_distance', 'product_distance_low', 'product_distance_high'] %}
    case when not is_distance_suppressed then {{ column }} end as {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from ratios
