with source as (
    select * from {{ source('lake', 'shipments') }}
)

select
    shipment_id,
    customer_id,
    product_id,
    shipped_on,
    shipped_quantity,
    defective_quantity,
    short_quantity,
    promised_on,
    delivered_on,
    business_day
from source
