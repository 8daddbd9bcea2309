with events as (
    select * from {{ ref('stg_usage_events') }}
),

configured as (
    select * from {{ source('control', 'core_actions') }}
),

-- Where none is configured, all that is not a visit is a core action.
core_events as (
    select
        events.customer_id,
        events.business_day,
        events.event_type
    from events
    inner join configured on events.event_type = configured.event_type
    union all
    select
        events.customer_id,
        events.business_day,
        events.event_type
    from events
    where
        events.event_type <> 'session'
        and not exists (select 1 from configured)
)

select distinct
    customer_id,
    business_day as acted_on,
    event_type
from core_events
