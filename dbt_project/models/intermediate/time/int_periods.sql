with calendar as (
    select * from {{ ref('int_calendar') }}
)

select distinct
    grain,
    period_start,
    period_end,
    period_number,
    is_complete
from calendar
