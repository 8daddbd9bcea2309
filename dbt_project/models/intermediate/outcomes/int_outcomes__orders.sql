{%- set horizons = outcome_horizons() -%}
with observations as (
    select
        observation_number,
        customer_id,
        time_zero_on,
        {%- for days in horizons %}
        {{ add_days('time_zero_on', days) }} as ends_{{ days }}_on{{ "," if not loop.last }}
        {%- endfor %}
    from {{ ref('int_outcomes__observations') }}
),

days as (
    select * from {{ ref('int_customer_days') }}
)

-- What lies on or before the day of the answer is no consequence of it.
select
    observations.observation_number,
    min(case when days.order_count > 0 then days.ordered_on end) as next_purchase_on,
    {%- for days in horizons %}
    cast(sum(
        case when days.ordered_on <= observations.ends_{{ days }}_on then days.order_count else 0 end
    ) as bigint) as order_count_{{ days }},
    cast(sum(
        case when days.ordered_on <= observations.ends_{{ days }}_on then days.net_amount else 0 end
    ) as decimal(18, 4)) as order_revenue_{{ days }}{{ "," if not loop.last }}
    {%- endfor %}
from observations
inner join days
    on observations.customer_id = days.customer_id and days.ordered_on > observations.time_zero_on
group by observations.observation_number
