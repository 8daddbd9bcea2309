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

horizons as (
    {%- for days in [30, 60, 90, 180, 365] %}
    select {{ days }} as horizon_days
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

by_day as (
    select
        milestones.first_purchase_on,
        horizons.horizon_days,
        dimensions.dimension,
        dimensions.dimension_value,
        parameters.as_of_date,
        count(*) as customers,
        count(case
            when
                milestones.second_purchase_on < {{ add_days('milestones.first_purchase_on', 'horizons.horizon_days') }}
                then 1
        end) as second_purchases
    from milestones
    cross join horizons
    cross join parameters
    inner join dimensions on milestones.customer_id = dimensions.customer_id
    where
        {{ add_days('milestones.first_purchase_on', 'horizons.horizon_days') }}
        <= {{ add_days('parameters.as_of_date', 1) }}
    group by
        milestones.first_purchase_on,
        horizons.horizon_days,
        dimensions.dimension,
        dimensions.dimension_value,
        parameters.as_of_date
)

select
    calendar.grain,
    calendar.period_start,
    calendar.period_end,
    by_day.dimension,
    by_day.dimension_value,
    by_day.horizon_days,
    cast(sum(by_day.customers) as bigint) as customers,
    cast(sum(by_day.second_purchases) as bigint) as second_purchases,
    {{ add_days('calendar.period_end', '(by_day.horizon_days - 1)') }}
    <= {{ add_days('by_day.as_of_date', 1) }} as is_complete
from by_day
inner join calendar on by_day.first_purchase_on = calendar.date_day
group by
    calendar.grain,
    calendar.period_start,
    calendar.period_end,
    by_day.dimension,
    by_day.dimension_value,
    by_day.horizon_days,
    by_day.as_of_date
