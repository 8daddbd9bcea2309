with observations as (
    select * from {{ ref('int_outcomes__observations') }}
),

spans as (
    select * from {{ ref('int_activity__spans') }}
)

-- An instant is the start of a day: the one after the day of the answer sees that day, the one after a horizon all of it.
select
    observations.observation_number,
    {%- for days in outcome_horizons() %}
    max(
        case
            when
                spans.active_from <= {{ add_days('observations.time_zero_on', days + 1) }}
                and spans.active_to > {{ add_days('observations.time_zero_on', days + 1) }}
                then 1
            else 0
        end
    ) as is_active_{{ days }},
    {%- endfor %}
    max(case when spans.active_from <= {{ add_days('observations.time_zero_on', 1) }} then spans.active_to end)
        as active_until
from observations
inner join spans
    on observations.customer_id = spans.customer_id and {{ add_days('observations.time_zero_on', 1) }} < spans.active_to
group by observations.observation_number
