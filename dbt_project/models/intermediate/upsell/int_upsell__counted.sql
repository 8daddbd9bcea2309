with windows as (
    select * from {{ ref('int_repurchase__windows') }}
),

distances as (
    select * from {{ ref('int_upsell__distances') }}
),

first_purchase_dimensions as (
    select * from {{ ref('int_first_purchase_dimensions') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
    where grain in ('month', 'quarter', 'year')
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

customers as (
    select
        windows.*,
        case when windows.is_mature and windows.has_different then distances.product_distance end as product_distance
    from windows
    left join distances on windows.customer_id = distances.customer_id and windows.window_name = distances.window_name
),

counted as (
    select
        calendar.grain,
        calendar.period_start,
        calendar.period_end,
        calendar.is_complete as is_period_complete,
        customers.window_name,
        customers.window_days,
        first_purchase_dimensions.dimension,
        first_purchase_dimensions.dimension_value,
        count(*) as customer_count,
        count(*) filter (where customers.is_mature) as mature_count,
        count(*) filter (where customers.is_mature and customers.is_one_time) as one_time_count,
        count(*) filter (where customers.is_mature and customers.is_multi) as multi_count,
        count(*) filter (where customers.is_mature and customers.has_repeat_same) as same_count,
        count(*) filter (where customers.is_mature and customers.has_different) as different_count,
        count(*) filter (where customers.is_mature and customers.has_repeat_same and customers.has_different)
            as both_count,
        count(customers.product_distance) as distance_count,
        sum(customers.product_distance) as distance_sum,
        sum(customers.product_distance * customers.product_distance) as distance_square_sum
    from customers
    inner join first_purchase_dimensions on customers.customer_id = first_purchase_dimensions.customer_id
    inner join calendar on customers.first_purchase_on = calendar.date_day
    group by
        calendar.grain,
        calendar.period_start,
        calendar.period_end,
        calendar.is_complete,
        customers.window_name,
        customers.window_days,
        first_purchase_dimensions.dimension,
        first_purchase_dimensions.dimension_value
)

select
    counted.grain,
    counted.period_start,
    counted.period_end,
    counted.window_name,
    counted.window_days,
    counted.dimension,
    counted.dimension_value,
    counted.customer_count,
    counted.mature_count,
    counted.one_time_count,
    counted.multi_count,
    counted.same_count,
    counted.different_count,
    counted.both_count,
    counted.distance_count,
    counted.distance_sum,
    {{ standard_error_of_mean('counted.distance_count', 'counted.distance_sum', 'counted.distance_square_sum') }}
        as distance_standard_error,
    -- Complete when the window of a customer who begins on the period's last day has passed, too.
    case
        when counted.window_days is null then counted.is_period_complete
        else {{ add_days('counted.period_end', 'counted.window_days') }} <= {{ add_days('parameters.as_of_date', 2) }}
    end as is_complete,
    counted.mature_count < parameters.minimum_n as is_suppressed,
    counted.distance_count < parameters.minimum_n as is_distance_suppressed
from counted
cross join parameters
