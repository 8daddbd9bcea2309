with source as (
    select * from {{ source('lake', 'unit_drivers') }}
)

select
    unit_kind,
    unit_id,
    period_start,
    driver,
    value
from source
