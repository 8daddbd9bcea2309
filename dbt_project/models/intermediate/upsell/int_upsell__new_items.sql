with purchase_products as (
    select * from {{ ref('int_purchase_products') }}
),

products as (
    select * from {{ ref('stg_products') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

prefixes as (
    select * from {{ ref('int_category_prefixes') }}
),

-- A product of unknown category is a category of its own, as it is in the windows of repurchase.
levelled as (
    select
        purchase_products.customer_id,
        purchase_products.occasion_number,
        purchase_products.occasion_on,
        case
            when parameters.upsell_level = 'category'
                then coalesce('category ' || products.category_path, 'product ' || purchase_products.product_id)
            when parameters.upsell_level = 'product' then 'product ' || purchase_products.product_id
        end as item,
        nullif(trim(products.category_path), '') as category_path
    from purchase_products
    cross join parameters
    left join products on purchase_products.product_id = products.product_id
),

items as (
    select
        customer_id,
        item,
        category_path,
        min(occasion_number) as occasion_number,
        min(occasion_on) as occasion_on
    from levelled
    group by customer_id, item, category_path
),

-- The first occasion of a beginning tells for any later product how much of its path was bought before: no pairs of products.
customer_paths as (
    select
        customer_id,
        category_path,
        min(occasion_number) as occasion_number
    from items
    where category_path is not null
    group by customer_id, category_path
),

customer_prefixes as (
    select
        customer_paths.customer_id,
        prefixes.category_prefix,
        min(customer_paths.occasion_number) as first_occasion_number
    from customer_paths
    inner join prefixes on customer_paths.category_path = prefixes.category_path
    group by customer_paths.customer_id, prefixes.category_prefix
),

first_known as (
    select
        customer_id,
        min(first_occasion_number) as first_occasion_number
    from customer_prefixes
    group by customer_id
),

new_items as (
    select * from items
    where occasion_number > 1
),

new_paths as (
    select distinct
        new_items.customer_id,
        new_items.category_path,
        new_items.occasion_number
    from new_items
    inner join first_known
        on
            new_items.customer_id = first_known.customer_id
            and new_items.occasion_number > first_known.first_occasion_number
    where new_items.category_path is not null
),

distances as (
    select
        new_paths.customer_id,
        new_paths.category_path,
        new_paths.occasion_number,
        1 - {{ safe_divide(
            'coalesce(max(case when customer_prefixes.category_prefix is not null then prefixes.prefix_depth end), 0)',
            'max(prefixes.depth)'
        ) }} as product_distance
    from new_paths
    inner join prefixes on new_paths.category_path = prefixes.category_path
    left join customer_prefixes
        on
            new_paths.customer_id = customer_prefixes.customer_id
            and prefixes.category_prefix = customer_prefixes.category_prefix
            and new_paths.occasion_number > customer_prefixes.first_occasion_number
    group by new_paths.customer_id, new_paths.category_path, new_paths.occasion_number
)

select
    new_items.customer_id,
    new_items.item,
    new_items.category_path,
    new_items.occasion_number,
    new_items.occasion_on,
    distances.product_distance
from new_items
left join distances
    on
        new_items.customer_id = distances.customer_id
        and new_items.category_path = distances.category_path
        and new_items.occasion_number = distances.occasion_number
