with events as (
    select * from {{ ref('stg_business_events') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- Half-open windows. An event's own days are in neither; of one without an end, the effect begins with its first day.
final as (
    {%- for side, window_start, window_end in [
        ('before', add_days('events.starts_on', '-parameters.event_window_days'), 'events.starts_on'),
        (
            'after',
            'coalesce(events.ends_on, events.starts_on)',
            add_days('coalesce(events.ends_on, events.starts_on)', 'parameters.event_window_days'),
        ),
    ] %}
    select
        events.event_id,
        events.name as event_name,
        events.starts_on,
        events.ends_on,
        events.segment,
        parameters.event_window_days as window_days,
        '{{ side }}' as side,
        {{ window_start }} as window_start,
        {{ window_end }} as window_end
    from events
    cross join parameters
    where events.starts_on <= parameters.as_of_date
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    final.event_id,
    final.event_name,
    final.starts_on,
    final.ends_on,
    final.segment,
    final.window_days,
    final.side,
    final.window_start,
    final.window_end,
    final.window_end <= {{ add_days('parameters.as_of_date', 1) }} as is_complete
from final
cross join parameters
