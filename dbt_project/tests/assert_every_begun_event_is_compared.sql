-- An event that is missing from the comparison would read as one that nobody has to ask about: each that has begun has a row per
-- metric, and its windows never hold one of its own days.
with events as (
    select * from {{ ref('stg_business_events') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

effects as (
    select * from {{ ref('event_effects') }}
)

select
    events.event_id,
    count(effects.metric_id) as row_count
from events
cross join parameters
left join effects
    on
        events.event_id = effects.event_id
        and events.starts_on >= effects.before_end
        and coalesce(events.ends_on, events.starts_on) <= effects.after_start
where events.starts_on <= parameters.as_of_date
group by events.event_id
having count(effects.metric_id) <> 2
