with events as (
    select * from {{ ref('stg_usage_events') }}
),

daily as (
    select
        customer_id,
        business_day as active_on,
        count(*) filter (where event_type = 'session') as session_count,
        count(duration_minutes) filter (where event_type = 'session') as timed_session_count,
        cast(
            coalesce(
                sum(cast({{ rounded('duration_minutes', 4) }} as decimal(18, 4))) filter (where event_type = 'session'),
                0
            )
            as decimal(18, 4)
        ) as session_minutes
    from events
    group by customer_id, business_day
),

with_previous as (
    select
        *,
        max(case when session_count > 0 then active_on end) over (
            partition by customer_id order by active_on rows between unbounded preceding and 1 preceding
        ) as previous_visit_on
    from daily
)

-- Between two visits of one day lie 0 days; the very first visit has none before it.
select
    customer_id,
    active_on,
    session_count,
    timed_session_count,
    session_minutes,
    case
        when session_count = 0 then 0
        when previous_visit_on is null then session_count - 1
        else session_count
    end as interval_count,
    case
        when session_count = 0 or previous_visit_on is null then 0
        else {{ days_between('previous_visit_on', 'active_on') }}
    end as interval_days
from with_previous
