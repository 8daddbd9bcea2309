with spans as (
    select * from {{ ref('int_activity__spans') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
    where grain in ('month', 'quarter', 'year')
),

last_days as (
    select * from calendar
),

last_periods as (
    select
        grain,
        max(period_number) as period_number
    from calendar
    group by grain
),

dimensions as (
    select * from {{ ref('int_customer_dimensions') }}
),

-- Instant k is the start of period k, the one after the last period is the end of the as-of date. A span's first instant is the
-- one after the period of its first day of activity; its last is the start of the period in which it runs out.
ranges as (
    select
        spans.customer_id,
        calendar.grain,
        calendar.period_number + 1 as first_instant,
        coalesce(last_days.period_number, last_periods.period_number + 1) as last_instant,
        min(calendar.period_number + 1) over (partition by spans.customer_id, calendar.grain) as customer_first_instant
    from spans
    inner join calendar on {{ add_days('spans.active_from', -1) }} = calendar.date_day
    inner join last_periods on calendar.grain = last_periods.grain
    left join last_days
        on {{ add_days('spans.active_to', -1) }} = last_days.date_day and calendar.grain = last_days.grain
),

-- A pause between two instants that neither of them sees does not part a customer's activity.
followed as (
    select
        *,
        first_instant = customer_first_instant as starts_as_new,
        coalesce(
            lead(first_instant) over (partition by customer_id, grain order by first_instant) = last_instant + 1, false
        ) as is_followed
    from ranges
    where first_instant <= last_instant
)

select
    followed.grain,
    dimensions.dimension,
    dimensions.dimension_value,
    followed.first_instant,
    followed.last_instant,
    followed.starts_as_new,
    followed.is_followed,
    count(*) as customers
from followed
inner join dimensions on followed.customer_id = dimensions.customer_id
group by
    followed.grain,
    dimensions.dimension,
    dimensions.dimension_value,
    followed.first_instant,
    followed.last_instant,
    followed.starts_as_new,
    followed.is_followed
