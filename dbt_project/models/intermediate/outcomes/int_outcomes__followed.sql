with observations as (
    select * from {{ ref('int_outcomes__observations') }}
),

ordered as (
    select * from {{ ref('int_outcomes__orders') }}
),

charged as (
    select * from {{ ref('int_outcomes__charges') }}
),

stayed as (
    select * from {{ ref('int_outcomes__activity') }}
),

contacts as (
    select
        customer_id,
        business_day,
        count(*) as request_count
    from {{ ref('stg_support_requests') }}
    where customer_id is not null
    group by customer_id, business_day
),

contacted as (
    select
        {%- for days in outcome_horizons() %}
        {{ sum_within_horizon('contacts.request_count', 'contacts.business_day', days) }}
            as request_count_{{ days }},
        {%- endfor %}
        observations.observation_number
    from observations
    inner join contacts
        on observations.customer_id = contacts.customer_id and observations.time_zero_on < contacts.business_day
    group by observations.observation_number
)

select
    observations.observation_number,
    observations.observation_kind,
    observations.survey_id,
    observations.observation_id,
    observations.customer_id,
    observations.measure,
    observations.score,
    observations.response_group,
    observations.time_zero_on,
    ordered.next_purchase_on,
    stayed.active_until,
    {%- for days in outcome_horizons() %}
    cast(coalesce(ordered.order_count_{{ days }}, 0) as bigint) as order_count_{{ days }},
    cast(coalesce(ordered.order_revenue_{{ days }}, 0) as decimal(18, 4)) as order_revenue_{{ days }},
    cast(coalesce(charged.recurring_revenue_{{ days }}, 0) as decimal(18, 4)) as recurring_revenue_{{ days }},
    cast(coalesce(contacted.request_count_{{ days }}, 0) as bigint) as request_count_{{ days }},
    coalesce(stayed.is_active_{{ days }}, 0) = 1 as is_active_{{ days }},
    {%- endfor %}
    stayed.active_until is not null as is_active
from observations
left join ordered on observations.observation_number = ordered.observation_number
left join charged on observations.observation_number = charged.observation_number
left join contacted on observations.observation_number = contacted.observation_number
left join stayed on observations.observation_number = stayed.observation_number
