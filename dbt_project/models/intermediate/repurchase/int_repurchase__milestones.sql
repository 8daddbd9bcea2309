{{ config(materialized='incremental', incremental_strategy='replace_touched_customers') }}

with occasions as (
    select * from {{ ref('int_purchase_occasions') }}
    where {{ is_touched('customer_id') }}
),

purchase_products as (
    select * from {{ ref('int_purchase_products') }}
    where {{ is_touched('customer_id') }}
),

products as (
    select * from {{ ref('stg_products') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- A product of unknown category is a category of its own: two unknown ones are not thereby the same.
levelled as (
    select
        purchase_products.customer_id,
        purchase_products.occasion_number,
        {% for level in ['repurchase', 'upsell'] -%}
        case
            when parameters.{{ level }}_level = 'category'
                then coalesce('category ' || products.category_path, 'product ' || purchase_products.product_id)
            when parameters.{{ level }}_level = 'product' then 'product ' || purchase_products.product_id
        end as {{ level }}_item,
        {% endfor -%}
        purchase_products.occasion_on
    from purchase_products
    cross join parameters
    left join products on purchase_products.product_id = products.product_id
),

-- Per item the first occasion, and the next one in which it was bought again.
{% for level in ['repurchase', 'upsell'] -%}
{{ level }}_occasions as (
    select distinct
        customer_id,
        {{ level }}_item as item,
        occasion_number,
        occasion_on
    from levelled
),

{% endfor -%}
bought_again as (
    select
        customer_id,
        occasion_on,
        row_number() over (partition by customer_id, item order by occasion_number) as purchase_number
    from repurchase_occasions
),

bought_first as (
    select
        customer_id,
        item,
        min(occasion_number) as occasion_number,
        min(occasion_on) as occasion_on
    from upsell_occasions
    group by customer_id, item
),

repeats as (
    select
        customer_id,
        min(occasion_on) as first_repeat_on
    from bought_again
    where purchase_number = 2
    group by customer_id
),

differences as (
    select
        customer_id,
        min(occasion_on) as first_different_on
    from bought_first
    where occasion_number > 1
    group by customer_id
),

purchases as (
    select
        customer_id,
        min(occasion_on) as first_purchase_on,
        min(case when occasion_number = 2 then occasion_on end) as second_purchase_on
    from occasions
    group by customer_id
)

select
    purchases.customer_id,
    purchases.first_purchase_on,
    purchases.second_purchase_on,
    repeats.first_repeat_on,
    differences.first_different_on
from purchases
left join repeats on purchases.customer_id = repeats.customer_id
left join differences on purchases.customer_id = differences.customer_id
