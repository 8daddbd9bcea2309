{%- set event_dimensions = {
    'channel': 'first_bought.channel',
    'product_category': top_category('first_bought.category_path'),
    'employee': 'first_bought.employee_id',
} -%}

with customer_dimensions as (
    select * from {{ ref('int_customer_dimensions') }}
),

dimensions as (
    select * from {{ source('control', 'dimensions') }}
),

first_bought as (
    select * from {{ ref('int_order_products__bought') }}
    where occasion_number = 1
),

buyers as (
    select distinct customer_id
    from first_bought
),

final as (
    select
        customer_dimensions.customer_id,
        customer_dimensions.dimension,
        customer_dimensions.dimension_value
    from customer_dimensions
    inner join buyers on customer_dimensions.customer_id = buyers.customer_id
    {%- for dimension, value in event_dimensions.items() %}
    union all
    select distinct
        first_bought.customer_id,
        dimensions.dimension,
        coalesce({{ value }}, 'unknown') as dimension_value
    from first_bought
    inner join dimensions on dimensions.dimension = '{{ dimension }}'
    {%- endfor %}
)

select
    customer_id,
    dimension,
    dimension_value
from final
