with windows as (
    select * from {{ ref('int_repurchase__windows') }}
    where is_mature
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

by_day as (
    select
        windows.first_purchase_on,
        windows.window_days,
        windows.window_name,
        dimensions.dimension,
        dimensions.dimension_value,
        count(*) as customers,
        count(case when windows.is_one_time then 1 end) as one_time_customers,
        count(case when windows.is_multi then 1 end) as multi_customers,
        count(case when windows.has_repeat_same then 1 end) as repeat_same_customers
    from windows
    inner join dimensions on windows.customer_id = dimensions.customer_id
    group by
        windows.first_purchase_on,
        windows.window_days,
        windows.window_name,
        dimensions.dimension,
        dimensions.dimension_value
),

-- A window has passed for the whole period when it has for a first purchase on the period's last day.
final as (
    select
        by_day.*,
        calendar.grain,
        calendar.period_start,
        calendar.period_end,
        case
            when by_day.window_days is null then calendar.is_complete
            else
                {{ add_days('calendar.period_end', '(by_day.window_days - 1)') }}
                <= {{ add_days('parameters.as_of_date', 1) }}
        end as is_complete
    from by_day
    inner join calendar on by_day.first_purchase_on = calendar.date_day
    cross join parameters
)

select
    grain,
    period_start,
    period_end,
    dimension,
    dimension_value,
    window_days,
    window_name,
    cast(sum(customers) as bigint) as customers,
    cast(sum(one_time_customers) as bigint) as one_time_customers,
    cast(sum(multi_customers) as bigint) as multi_customers,
    cast(sum(repeat_same_customers) as bigint) as repeat_same_customers,
    is_complete
from final
group by grain, period_start, period_end, dimension, dimension_value, window_days, window_name, is_complete
