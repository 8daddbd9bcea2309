with source as (
    select * from {{ source('lake', 'products') }}
)

select
    product_id,
    name,
    category_path,
    tier,
    list_price,
    brand
from source
