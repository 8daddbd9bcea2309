with shared as (
    select * from {{ ref('int_conversions__shared') }}
)

select
    grain,
    period_start,
    period_end,
    dimension,
    dimension_value,
    conversion_source,
    conversion_type,
    case when not is_suppressed then conversion_count end as numerator,
    all_conversion_count as denominator,
    case when not is_suppressed then conversion_rate end as value,
    customer_count as n,
    case when not is_suppressed then ci_low end as ci_low,
    case when not is_suppressed then ci_high end as ci_high,
    case when not is_suppressed then net_amount end as net_amount,
    case when not is_suppressed then few_new_customers end as few_new_customers,
    is_complete,
    is_suppressed
from shared
