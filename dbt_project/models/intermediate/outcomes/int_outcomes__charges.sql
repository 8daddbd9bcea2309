with observations as (
    select * from {{ ref('int_outcomes__observations') }}
),

months as (
    select * from {{ ref('int_periods') }}
    where grain = 'month'
),

-- What is in force when a month closes is charged on the first day of the next: a year of 365 days holds twelve such days, but where
-- it begins on one of a leap year. The month that the as-of date cuts is charged after every horizon that has passed.
charges as (
    select
        month_ends.customer_id,
        months.period_end as charged_on,
        month_ends.mrr_amount
    from {{ ref('int_recurring_revenue__month_ends') }} as month_ends
    inner join months on month_ends.month_number = months.period_number
)

select
    {%- for days in outcome_horizons() %}
    cast({{ sum_within_horizon('charges.mrr_amount', 'charges.charged_on', days) }} as decimal(18, 4))
        as recurring_revenue_{{ days }},
    {%- endfor %}
    observations.observation_number
from observations
inner join charges
    on observations.customer_id = charges.customer_id and observations.time_zero_on < charges.charged_on
group by observations.observation_number
