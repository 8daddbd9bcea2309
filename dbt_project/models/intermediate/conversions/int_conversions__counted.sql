{%- set event_dimensions = {
    'channel': 'conversions.channel',
    'product_category': top_category('conversions.category_path'),
    'employee': 'conversions.employee_id',
} -%}

with conversions as (
    {%- for source in ['order', 'contract'] %}
    select
        conversion_source,
        conversion_type,
        customer_id,
        converted_on,
        category_path,
        channel,
        employee_id,
        net_amount
    from {{ ref('int_' ~ source ~ '_conversions') }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

customer_dimensions as (
    select * from {{ ref('int_customer_dimensions') }}
),

dimensions as (
    select * from {{ source('control', 'dimensions') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
    where grain in ('month', 'quarter', 'year')
),

-- Total, segment and region are the customer's; the others are the conversion's own.
conversions_by_dimension as (
    select
        conversions.conversion_source,
        conversions.conversion_type,
        conversions.customer_id,
        conversions.converted_on,
        conversions.net_amount,
        customer_dimensions.dimension,
        customer_dimensions.dimension_value
    from conversions
    inner join customer_dimensions on conversions.customer_id = customer_dimensions.customer_id
    {%- for dimension, value in event_dimensions.items() %}
    union all
    select
        conversions.conversion_source,
        conversions.conversion_type,
        conversions.customer_id,
        conversions.converted_on,
        conversions.net_amount,
        dimensions.dimension,
        coalesce({{ value }}, 'unknown') as dimension_value
    from conversions
    inner join dimensions on dimensions.dimension = '{{ dimension }}'
    {%- endfor %}
),

final as (
    select
        calendar.grain,
        calendar.period_start,
        calendar.period_end,
        calendar.is_complete,
        conversions_by_dimension.dimension,
        conversions_by_dimension.dimension_value,
        coalesce(conversions_by_dimension.conversion_source, 'total') as conversion_source,
        coalesce(conversions_by_dimension.conversion_type, 'all') as conversion_type,
        count(*) as conversion_count,
        count(distinct conversions_by_dimension.customer_id) as customer_count,
        cast(coalesce(sum(conversions_by_dimension.net_amount), 0) as decimal(18, 4)) as net_amount
    from conversions_by_dimension
    inner join calendar on conversions_by_dimension.converted_on = calendar.date_day
    group by
        calendar.grain,
        calendar.period_start,
        calendar.period_end,
        calendar.is_complete,
        conversions_by_dimension.dimension,
        conversions_by_dimension.dimension_value,
        cube (conversions_by_dimension.conversion_source, conversions_by_dimension.conversion_type)
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
    customer_count,
    net_amount
from final
