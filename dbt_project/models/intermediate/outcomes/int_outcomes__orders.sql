with observations as (
    select * from {{ ref('int_outcomes__observations') }}
),

days as (
    select * from {{ ref('int_customer_days') }}
)

-- What lies on or before the day of the answer is no consequence of it.
select
    observations.observation_number,
    {%- for horizon in outcome_horizons() %}
    cast({{ sum_within_horizon('days.order_count', 'days.ordered_on', horizon) }} as bigint)
        as order_count_{{ horizon }},
    cast({{ sum_within_horizon('days.net_amount', 'days.ordered_on', horizon) }} as decimal(18, 4))
        as order_revenue_{{ horizon }},
    {%- endfor %}
    min(case when days.order_count > 0 then days.ordered_on end) as next_purchase_on
from observations
inner join days
    on observations.customer_id = days.customer_id and observations.time_zero_on < days.ordered_on
group by observations.observation_number
