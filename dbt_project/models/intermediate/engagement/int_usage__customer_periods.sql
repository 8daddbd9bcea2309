with customer_days as (
    select * from {{ ref('int_usage__customer_days') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
)

select
    calendar.grain,
    calendar.period_start,
    customer_days.customer_id,
    cast(sum(customer_days.session_count) as bigint) as session_count,
    cast(sum(customer_days.timed_session_count) as bigint) as timed_session_count,
    cast(sum(customer_days.session_minutes) as decimal(18, 4)) as session_minutes,
    cast(sum(customer_days.interval_count) as bigint) as interval_count,
    cast(sum(customer_days.interval_days) as bigint) as interval_days
from customer_days
inner join calendar on customer_days.active_on = calendar.date_day
group by calendar.grain, calendar.period_start, customer_days.customer_id
