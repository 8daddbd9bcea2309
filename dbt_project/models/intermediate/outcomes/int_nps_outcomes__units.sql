with followed as (
    select * from {{ ref('int_outcomes__followed') }}
),

nps_surveys as (
    select distinct survey_id
    from {{ ref('int_survey_questions') }}
    where measure = 'nps' and is_on_scale
),

calendar as (
    select * from {{ ref('int_calendar') }}
    where grain in ('quarter', 'year')
),

eligible as (
    select followed.*
    from followed
    left join nps_surveys on followed.survey_id = nps_surveys.survey_id
    where
        followed.measure = 'nps'
        or (followed.observation_kind = 'invitation' and nps_surveys.survey_id is not null)
        or followed.observation_kind = 'customer'
)

-- A customer's first of each kind in the period: what came of it can have no part in its choice, and no customer
-- stands twice among those who answered.
select
    calendar.grain,
    calendar.period_start,
    calendar.period_end,
    eligible.observation_number,
    eligible.observation_kind,
    eligible.customer_id,
    eligible.response_group,
    eligible.time_zero_on,
    eligible.next_purchase_on,
    eligible.active_until,
    eligible.is_active,
{%- for days in outcome_horizons() %}
eligible.order_count_{{ days }} > 0 as has_purchased_{{ days }},
cast(eligible.order_revenue_{{ days }} + eligible.recurring_revenue_{{ days }} as decimal(18, 4))
    as revenue_{{ days }},
eligible.is_active_{{ days }}{{ "," if not loop.last }}
{%- endfor %}
from eligible
inner join calendar on eligible.time_zero_on = calendar.date_day
where calendar.grain = 'year' or eligible.observation_kind = 'response'
qualify row_number() over (
    partition by calendar.grain, calendar.period_start, eligible.customer_id, eligible.observation_kind
    order by eligible.time_zero_on, eligible.observation_number
) = 1
