with rates as (
    select * from {{ ref('int_repurchase__rates') }}
),

counts as (
    select * from {{ ref('int_repurchase__counts') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

{% for rate in ['repurchase_ratio', 'repeat_purchase_rate'] -%}
{{ rate }} as (
    select * from rates
    where rate_name = '{{ rate }}'
),

{% endfor -%}
joined as (
    select
        counts.*,
        parameters.repurchase_level,
        {%- for rate in ['repurchase_ratio', 'repeat_purchase_rate'] %}
        {{ rate }}.value as {{ rate }},
        {{ rate }}.ci_low as {{ rate }}_ci_low,
        {{ rate }}.ci_high as {{ rate }}_ci_high,
        {%- endfor %}
        counts.customers < parameters.minimum_n as is_suppressed
    from counts
    cross join parameters
    {%- for rate in ['repurchase_ratio', 'repeat_purchase_rate'] %}
    inner join {{ rate }}
        on
            counts.grain = {{ rate }}.grain
            and counts.period_start = {{ rate }}.period_start
            and counts.dimension = {{ rate }}.dimension
            and counts.dimension_value = {{ rate }}.dimension_value
            and counts.window_name = {{ rate }}.window_name
    {%- endfor %}
)

select
    grain,
    period_start,
    dimension,
    dimension_value,
    window_name,
    window_days,
    repurchase_level,
    customers,
    {%- for column in [
        'one_time_customers', 'multi_customers', 'repeat_same_customers',
        'repurchase_ratio', 'repurchase_ratio_ci_low', 'repurchase_ratio_ci_high',
        'repeat_purchase_rate', 'repeat_purchase_rate_ci_low', 'repeat_purchase_rate_ci_high',
    ] %}
    case when not is_suppressed then {{ column }} end as {{ column }},
    {%- endfor %}
    customers as n,
    is_complete,
    is_suppressed
from joined
