{{ config(materialized='view') }}

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

-- Total, segment and region are the customer's; the others are the conversion's own.
final as (
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
)

select
    conversion_source,
    conversion_type,
    customer_id,
    converted_on,
    net_amount,
    dimension,
    dimension_value
from final
