{%- set horizons = outcome_horizons() -%}
with observations as (
    select
        observation_number,
        customer_id,
        {{ add_days('time_zero_on', 1) }} as next_day_on,
        {%- for days in horizons %}
        {{ add_days('time_zero_on', days + 1) }} as day_after_{{ days }}_on{{ "," if not loop.last }}
        {%- endfor %}
    from {{ ref('int_outcomes__observations') }}
),

spans as (
    select * from {{ ref('int_activity__spans') }}
)

-- An instant is the start of a day: the one after the day of the answer sees that day, the one after a horizon all of it.
select
    observations.observation_number,
    max(case when spans.active_from <= observations.next_day_on then spans.active_to end) as active_until,
    {%- for days in horizons %}
    max(
        case
            when
                spans.active_from <= observations.day_after_{{ days }}_on
                and spans.active_to > observations.day_after_{{ days }}_on
                then 1
            else 0
        end
    ) as is_active_{{ days }}{{ "," if not loop.last }}
    {%- endfor %}
from observations
inner join spans
    on observations.customer_id = spans.customer_id and spans.active_to > observations.next_day_on
group by observations.observation_number
