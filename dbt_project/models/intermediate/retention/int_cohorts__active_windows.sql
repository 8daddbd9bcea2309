with customers as (
    select * from {{ ref('int_cohorts__customers') }}
),

customer_days as (
    select * from {{ ref('int_customer_days') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

numbered_days as (
    select
        customers.customer_id,
        customers.first_purchase_on,
        customers.passed_window_count,
        cast(floor({{ safe_divide(
            days_between('customers.first_purchase_on', 'customer_days.ordered_on'), 'parameters.rolling_days'
        ) }}) as integer) as window_number,
        customer_days.order_count,
        customer_days.net_amount
    from customer_days
    inner join customers on customer_days.customer_id = customers.customer_id
    cross join parameters
),

-- Windows that have not wholly passed for a customer are in neither part of the rate.
customer_windows as (
    select
        customer_id,
        first_purchase_on,
        passed_window_count,
        window_number,
        sum(order_count) as order_count,
        sum(net_amount) as revenue_amount
    from numbered_days
    where window_number >= 0 and window_number < passed_window_count
    group by customer_id, first_purchase_on, passed_window_count, window_number
)

select
    first_purchase_on,
    window_number,
    count(case when order_count > 0 then 1 end) as active_customers,
    cast(sum(order_count) as bigint) as order_count,
    cast(sum(revenue_amount) as decimal(18, 4)) as revenue_amount
from customer_windows
group by first_purchase_on, window_number
