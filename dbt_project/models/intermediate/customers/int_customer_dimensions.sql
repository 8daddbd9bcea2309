with customers as (
    select * from {{ ref('stg_customers') }}
),

dimensions as (
    select * from {{ source('control', 'dimensions') }}
),

-- A customer counts who appears anywhere: being missing from `customers` is no error.
customer_ids as (
    {%- for entity in [
        'customers', 'orders', 'contracts', 'survey_responses', 'survey_invitations', 'shipments', 'support_requests', 'usage_events'
    ] %}
    select customer_id
    from {{ ref('stg_' ~ entity) }}
    where customer_id is not null
    {%- if not loop.last %}
    union
    {%- endif %}
    {%- endfor %}
),

described as (
    select
        customer_ids.customer_id,
        coalesce(customers.segment, 'unknown') as segment,
        coalesce(customers.region, 'unknown') as region
    from customer_ids
    left join customers on customer_ids.customer_id = customers.customer_id
),

final as (
    select
        customer_id,
        'total' as dimension,
        'total' as dimension_value
    from described
    {%- for dimension in ['segment', 'region'] %}
    union all
    select
        described.customer_id,
        dimensions.dimension,
        described.{{ dimension }} as dimension_value
    from described
    inner join dimensions on dimensions.dimension = '{{ dimension }}'
    {%- endfor %}
)

select
    customer_id,
    dimension,
    dimension_value
from final
