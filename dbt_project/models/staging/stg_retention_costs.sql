with source as (
    select * from {{ source('lake', 'retention_costs') }}
)

select
    month,
    kind,
    segment,
    amount,
    currency
from source
