with customers as (
    select * from {{ ref('int_cohorts__customers') }}
),

customer_days as (
    select * from {{ ref('int_customer_days') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
    where grain in ('week', 'month', 'quarter')
),

cohort_calendar as (
    select * from calendar
),

customer_periods as (
    select
        customer_days.customer_id,
        calendar.grain,
        calendar.period_number,
        customers.first_purchase_on,
        sum(customer_days.order_count) as order_count,
        sum(customer_days.net_amount) as revenue_amount
    from customer_days
    inner join customers on customer_days.customer_id = customers.customer_id
    inner join calendar on customer_days.ordered_on = calendar.date_day
    group by customer_days.customer_id, calendar.grain, calendar.period_number, customers.first_purchase_on
),

final as (
    select
        customer_periods.grain,
        cohort_calendar.period_number as cohort_number,
        customer_periods.period_number,
        count(case when customer_periods.order_count > 0 then 1 end) as active_customers,
        sum(customer_periods.order_count) as order_count,
        sum(customer_periods.revenue_amount) as revenue_amount
    from customer_periods
    inner join cohort_calendar
        on
            customer_periods.first_purchase_on = cohort_calendar.date_day
            and customer_periods.grain = cohort_calendar.grain
            and customer_periods.period_number >= cohort_calendar.period_number
    group by customer_periods.grain, cohort_calendar.period_number, customer_periods.period_number
)

select
    grain,
    cohort_number,
    period_number,
    active_customers,
    cast(order_count as bigint) as order_count,
    cast(revenue_amount as decimal(18, 4)) as revenue_amount
from final
