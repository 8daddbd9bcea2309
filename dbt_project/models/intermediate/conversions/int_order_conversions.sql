with preceded as (
    select * from {{ ref('int_order_products__preceded') }}
),

final as (
    select
        *,
        -- The length keeps apart ids that hold the separator themselves.
        concat('order:', length(order_id), ':', order_id, ':', product_id) as conversion_id,
        case
            when stated_type is not null then stated_type
            when not has_earlier then 'acquisition'
            when has_earlier_of_product then 'repeat'
            when category_path is null then 'unclassified'
            when has_earlier_of_category and tier > previous_tier then 'upsell'
            when has_earlier_of_category and tier < previous_tier then 'downsell'
            when has_earlier_of_category then 'switch'
            when has_earlier_of_unknown_category then 'unclassified'
            else 'cross_sell'
        end as conversion_type
    from preceded
)

select
    conversion_id,
    'order' as conversion_source,
    customer_id,
    ordered_on as converted_on,
    conversion_type,
    product_id,
    category_path,
    channel,
    employee_id,
    net_amount
from final
