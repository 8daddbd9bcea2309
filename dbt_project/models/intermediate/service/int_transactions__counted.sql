with orders as (
    select * from {{ ref('int_purchase_orders') }}
),

customer_dimensions as (
    select * from {{ ref('int_customer_dimensions') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
    where grain in ('month', 'quarter', 'year')
),

by_customer as (
    select
        customer_id,
        occasion_on,
        count(*) as order_count
    from orders
    group by customer_id, occasion_on
),

daily as (
    select
        by_customer.occasion_on,
        customer_dimensions.dimension,
        customer_dimensions.dimension_value,
        sum(by_customer.order_count) as order_count
    from by_customer
    inner join customer_dimensions on by_customer.customer_id = customer_dimensions.customer_id
    group by by_customer.occasion_on, customer_dimensions.dimension, customer_dimensions.dimension_value
)

select
    calendar.grain,
    calendar.period_start,
    daily.dimension,
    daily.dimension_value,
    cast(sum(daily.order_count) as bigint) as transaction_count
from daily
inner join calendar on daily.occasion_on = calendar.date_day
group by calendar.grain, calendar.period_start, daily.dimension, daily.dimension_value
