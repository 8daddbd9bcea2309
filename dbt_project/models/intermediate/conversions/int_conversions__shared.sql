with counted as (
    select * from {{ ref('int_conversions__counted') }}
),

customers as (
    select * from {{ ref('int_conversions__customers') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- Where a cell has a conversion, each type has a row: one that did not occur is a zero, not a gap.
types as (
    {%- for conversion_type in conversion_types() %}
    select '{{ conversion_type }}' as conversion_type
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

cells as (
    select
        counted.grain,
        counted.period_start,
        counted.period_end,
        counted.is_complete,
        counted.dimension,
        counted.dimension_value,
        counted.conversion_source,
        types.conversion_type,
        counted.conversion_count as all_conversion_count,
        customers.customer_count,
        customers.customer_count < parameters.minimum_n as is_suppressed
    from counted
    inner join customers
        on
            counted.grain = customers.grain
            and counted.period_start = customers.period_start
            and counted.dimension = customers.dimension
            and counted.dimension_value = customers.dimension_value
            and counted.conversion_source = customers.conversion_source
    cross join types
    cross join parameters
    where counted.conversion_type = 'all'
),

final as (
    select
        cells.*,
        coalesce(counted.conversion_count, 0) as conversion_count,
        coalesce(counted.net_amount, 0) as net_amount
    from cells
    left join counted
        on
            cells.grain = counted.grain
            and cells.period_start = counted.period_start
            and cells.dimension = counted.dimension
            and cells.dimension_value = counted.dimension_value
            and cells.conversion_source = counted.conversion_source
            and cells.conversion_type = counted.conversion_type
)

select
    grain,
    period_start,
    period_end,
    is_complete,
    dimension,
    dimension_value,
    conversion_source,
    conversion_type,
    conversion_count,
    net_amount,
    all_conversion_count,
    customer_count,
    {{ safe_divide('conversion_count', 'all_conversion_count') }} as conversion_rate,
    {{ wilson_low('conversion_count', 'all_conversion_count') }} as ci_low,
    {{ wilson_high('conversion_count', 'all_conversion_count') }} as ci_high,
    -- Above 95 % upsells the base is hardly renewed; whole numbers, so that the boundary is exact.
    100 * max(case when conversion_type = 'upsell' then conversion_count else 0 end) over (
        partition by grain, period_start, dimension, dimension_value, conversion_source
    ) > 95 * all_conversion_count as few_new_customers,
    is_suppressed
from final
