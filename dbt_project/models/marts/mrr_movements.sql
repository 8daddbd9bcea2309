with totals as (
    select * from {{ ref('int_recurring_revenue__totals') }}
    where grain = 'month'
),

retention as (
    select * from {{ ref('int_recurring_revenue__retention') }}
    where grain = 'month'
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

final as (
    select
        totals.*,
        retention.nrr_numerator_amount,
        retention.nrr,
        retention.nrr_ci_low,
        retention.nrr_ci_high,
        retention.grr_numerator_amount,
        retention.grr,
        retention.grr_ci_low,
        retention.grr_ci_high,
        totals.start_customer_count < parameters.minimum_n as is_suppressed
    from totals
    cross join parameters
    left join retention
        on
            totals.dimension = retention.dimension
            and totals.dimension_value = retention.dimension_value
            and totals.period_number = retention.period_number
)

select
    period_start,
    period_end,
    dimension,
    dimension_value,
    start_mrr_amount,
    {%- for movement in recurring_revenue_movements() %}
    {{ movement }}_amount,
    {%- endfor %}
    end_mrr_amount,
    cast(start_customer_count as bigint) as start_customer_count,
    {%- for movement in recurring_revenue_movements() %}
    cast({{ movement }}_customer_count as bigint) as {{ movement }}_customer_count,
    {%- endfor %}
    cast(end_customer_count as bigint) as end_customer_count,
    {%- for ratio in ['nrr', 'grr'] %}
    case when not is_suppressed then {{ ratio }}_numerator_amount end as {{ ratio }}_numerator_amount,
    case when not is_suppressed then {{ ratio }} end as {{ ratio }},
    case when not is_suppressed then {{ ratio }}_ci_low end as {{ ratio }}_ci_low,
    case when not is_suppressed then {{ ratio }}_ci_high end as {{ ratio }}_ci_high,
    {%- endfor %}
    is_complete,
    is_suppressed
from final
