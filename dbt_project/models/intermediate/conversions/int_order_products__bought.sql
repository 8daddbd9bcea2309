{{ config(materialized='incremental', incremental_strategy='replace_touched_customers') }}

{%- set offer_type = "replace(replace(lower(trim(offer_type)), '-', '_'), ' ', '_')" %}

with lines as (
    select
        *,
        case
            when {{ offer_type }} in ({{ "'" ~ stated_conversion_types() | join("', '") ~ "'" }}) then {{ offer_type }}
        end as stated_type
    from {{ ref('int_order_lines__net') }}
    where
        is_purchase
        and {{ is_touched('customer_id') }}
),

purchase_orders as (
    select * from {{ ref('int_purchase_orders') }}
    where {{ is_touched('customer_id') }}
),

products as (
    select * from {{ ref('stg_products') }}
),

-- One product may stand on several lines of its order; the first line that states a type speaks for it.
bought as (
    select
        customer_id,
        order_id,
        product_id,
        min_by(stated_type, case when stated_type is not null then line_no end) as stated_type,
        min(channel) as channel,
        min(employee_id) as employee_id,
        cast(sum(net_amount) as decimal(18, 4)) as net_amount
    from lines
    group by customer_id, order_id, product_id
),

-- `Before` means an earlier purchase occasion, so that conversions and repeat measures agree on who is new.
final as (
    select
        bought.*,
        purchase_orders.occasion_number,
        purchase_orders.occasion_on,
        nullif(trim(products.category_path), '') as category_path,
        products.tier
    from bought
    inner join purchase_orders
        on bought.customer_id = purchase_orders.customer_id and bought.order_id = purchase_orders.order_id
    left join products on bought.product_id = products.product_id
)

select
    customer_id,
    order_id,
    product_id,
    occasion_number,
    occasion_on,
    category_path,
    tier,
    stated_type,
    channel,
    employee_id,
    net_amount
from final
