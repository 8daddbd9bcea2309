with plan_starts as (
    select * from {{ ref('int_contract_plan_starts') }}
),

purchase_products as (
    select * from {{ ref('int_purchase_products') }}
),

products as (
    select * from {{ ref('stg_products') }}
),

first_purchases as (
    select
        customer_id,
        product_id,
        min(occasion_on) as bought_on
    from purchase_products
    group by customer_id, product_id
),

-- Products have no recurring amount to compare with.
final as (
    select
        customer_id,
        plan_id as item_id,
        true as is_plan,
        category_path,
        plan_tier as tier,
        monthly_amount,
        started_on as held_since
    from plan_starts
    union all
    select
        first_purchases.customer_id,
        first_purchases.product_id as item_id,
        false as is_plan,
        nullif(trim(products.category_path), '') as category_path,
        products.tier,
        cast(null as decimal(18, 2)) as monthly_amount,
        first_purchases.bought_on as held_since
    from first_purchases
    left join products on first_purchases.product_id = products.product_id
)

select
    customer_id,
    item_id,
    is_plan,
    category_path,
    tier,
    monthly_amount,
    held_since
from final
