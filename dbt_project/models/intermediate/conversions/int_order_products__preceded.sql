{{ config(materialized='view') }}

with bought as (
    select * from {{ ref('int_order_products__bought') }}
),

plan_starts as (
    select * from {{ ref('int_contract_plan_starts') }}
),

-- Holding a plan comes before an order of a later day, though it is none. The columns of an order tell the two apart.
owned as (
    select
        customer_id,
        product_id,
        category_path,
        tier,
        occasion_on as owned_since,
        occasion_number,
        order_id,
        stated_type,
        channel,
        employee_id,
        net_amount
    from bought
    union all
    select
        customer_id,
        plan_id as product_id,
        category_path,
        plan_tier as tier,
        started_on as owned_since,
        cast(null as integer) as occasion_number,
        cast(null as {{ dbt.type_string() }}) as order_id,
        cast(null as {{ dbt.type_string() }}) as stated_type,
        cast(null as {{ dbt.type_string() }}) as channel,
        cast(null as {{ dbt.type_string() }}) as employee_id,
        cast(null as decimal(18, 4)) as net_amount
    from plan_starts
),

numbered as (
    select
        *,
        dense_rank() over (partition by customer_id order by owned_since, occasion_number nulls last) as position
    from owned
),

-- The level at which a customer is in a category: the highest tier of each position that has a known one.
category_tiers as (
    select
        customer_id,
        category_path,
        position,
        lag(max(tier)) over (partition by customer_id, category_path order by position) as previous_tier
    from numbered
    where
        category_path is not null
        and tier is not null
    group by customer_id, category_path, position
),

-- First positions say what came before without a join of the customer's purchases with themselves.
preceded as (
    select
        *,
        position > 1 as has_earlier,
        min(position) over (partition by customer_id, product_id) < position as has_earlier_of_product,
        category_path is not null
        and min(position) over (partition by customer_id, category_path) < position as has_earlier_of_category,
        coalesce(
            min(case when category_path is null then position end) over (partition by customer_id) < position, false
        ) as has_earlier_of_unknown_category
    from numbered
)

select
    preceded.customer_id,
    preceded.order_id,
    preceded.product_id,
    preceded.owned_since as ordered_on,
    preceded.category_path,
    preceded.tier,
    category_tiers.previous_tier,
    preceded.has_earlier,
    preceded.has_earlier_of_product,
    preceded.has_earlier_of_category,
    preceded.has_earlier_of_unknown_category,
    preceded.stated_type,
    preceded.channel,
    preceded.employee_id,
    preceded.net_amount
from preceded
left join category_tiers
    on
        preceded.customer_id = category_tiers.customer_id
        and preceded.category_path = category_tiers.category_path
        and preceded.position = category_tiers.position
where preceded.order_id is not null
