with source as (
    select * from {{ source('lake', 'customers') }}
)

select
    customer_id,
    segment,
    region,
    do_not_contact
from source
