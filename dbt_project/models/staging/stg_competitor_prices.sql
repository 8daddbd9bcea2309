with source as (
    select * from {{ source('lake', 'competitor_prices') }}
)

select
    product_id,
    competitor,
    observed_on,
    competitor_price,
    own_price,
    currency,
    business_day
from source
