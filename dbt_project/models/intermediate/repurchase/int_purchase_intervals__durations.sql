with milestones as (
    select * from {{ ref('int_repurchase__milestones') }}
),

dimensions as (
    select * from {{ ref('int_customer_dimensions') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
    where grain in ('month', 'quarter', 'year')
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- Whoever has not come back is known not to have until the end of the as-of date.
observed as (
    select
        milestones.customer_id,
        milestones.first_purchase_on,
        milestones.second_purchase_on is not null as has_second,
        {{ days_between(
            'milestones.first_purchase_on', 'coalesce(milestones.second_purchase_on, parameters.as_of_date)'
        ) }} as duration_days
    from milestones
    cross join parameters
),

by_day as (
    select
        observed.first_purchase_on,
        dimensions.dimension,
        dimensions.dimension_value,
        observed.duration_days,
        count(case when observed.has_second then 1 end) as second_purchases,
        count(case when not observed.has_second then 1 end) as censored
    from observed
    inner join dimensions on observed.customer_id = dimensions.customer_id
    group by observed.first_purchase_on, dimensions.dimension, dimensions.dimension_value, observed.duration_days
)

select
    calendar.grain,
    calendar.period_start,
    calendar.period_end,
    by_day.dimension,
    by_day.dimension_value,
    cast(by_day.duration_days as integer) as duration_days,
    cast(sum(by_day.second_purchases) as bigint) as second_purchases,
    cast(sum(by_day.censored) as bigint) as censored,
    calendar.is_complete
from by_day
inner join calendar on by_day.first_purchase_on = calendar.date_day
group by
    calendar.grain,
    calendar.period_start,
    calendar.period_end,
    by_day.dimension,
    by_day.dimension_value,
    by_day.duration_days,
    calendar.is_complete
