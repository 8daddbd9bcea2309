with calendar as (
    select * from {{ ref('int_calendar') }}
)

select
    date_day,
    max(case when grain = 'week' then period_start end) as week_start,
    max(case when grain = 'month' then period_start end) as month_start,
    max(case when grain = 'quarter' then period_start end) as quarter_start,
    max(case when grain = 'year' then period_start end) as year_start
from calendar
group by date_day
