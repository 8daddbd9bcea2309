{{ config(materialized='incremental', incremental_strategy='replace_touched_customers') }}

with bought as (
    select * from {{ ref('int_order_products__bought') }}
    where {{ is_touched('customer_id') }}
),

-- The level at which a customer buys in a category: the highest tier of each occasion that has a known one.
category_tiers as (
    select
        customer_id,
        category_path,
        occasion_number,
        max(tier) as tier
    from bought
    where
        category_path is not null
        and tier is not null
    group by customer_id, category_path, occasion_number
),

previous_tiers as (
    select
        customer_id,
        category_path,
        occasion_number,
        lag(tier) over (partition by customer_id, category_path order by occasion_number) as previous_tier
    from category_tiers
),

-- First occasions say what came before without a join of the customer's purchases with themselves.
compared as (
    select
        bought.*,
        previous_tiers.previous_tier,
        min(bought.occasion_number) over (partition by bought.customer_id, bought.product_id) as product_first_in,
        min(bought.occasion_number) over (partition by bought.customer_id, bought.category_path) as category_first_in,
        min(case when bought.category_path is null then bought.occasion_number end) over (
            partition by bought.customer_id
        ) as unknown_category_first_in
    from bought
    left join previous_tiers
        on
            bought.customer_id = previous_tiers.customer_id
            and bought.category_path = previous_tiers.category_path
            and bought.occasion_number = previous_tiers.occasion_number
),

final as (
    select
        *,
        -- The length keeps apart ids that hold the separator themselves.
        concat('order:', length(order_id), ':', order_id, ':', product_id) as conversion_id,
        case
            when stated_type is not null then stated_type
            when occasion_number = 1 then 'acquisition'
            when product_first_in < occasion_number then 'repeat'
            when category_path is null then 'unclassified'
            when category_first_in < occasion_number and tier > previous_tier then 'upsell'
            when category_first_in < occasion_number and tier < previous_tier then 'downsell'
            when category_first_in < occasion_number then 'switch'
            when unknown_category_first_in < occasion_number then 'unclassified'
            else 'cross_sell'
        end as conversion_type
    from compared
)

select
    conversion_id,
    'order' as conversion_source,
    customer_id,
    occasion_on as converted_on,
    conversion_type,
    product_id,
    category_path,
    channel,
    employee_id,
    net_amount
from final
