with products as (
    select * from {{ ref('stg_products') }}
),

paths as (
    select distinct trim(category_path) as category_path
    from products
    where trim(category_path) <> ''
),

prefixes as (
    {{ category_prefixes('paths') }}
)

select
    category_path,
    category_prefix,
    cast(prefix_depth as integer) as prefix_depth,
    cast(depth as integer) as depth
from prefixes
