with source as (
    select * from {{ source('lake', 'fx_rates') }}
)

select
    rate_on,
    currency,
    rate,
    business_day
from source
