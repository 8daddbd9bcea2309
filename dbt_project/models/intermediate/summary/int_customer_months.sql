with customer_days as (
    select * from {{ ref('int_customer_days') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
    where grain = 'month'
)

select
    customer_days.customer_id,
    calendar.period_number as month_number,
    cast(sum(customer_days.order_count) as bigint) as order_count,
    cast(sum(customer_days.net_amount) as decimal(18, 4)) as net_amount,
    cast(sum(customer_days.gross_profit_amount) as decimal(18, 4)) as gross_profit_amount
from customer_days
inner join calendar on customer_days.ordered_on = calendar.date_day
group by customer_days.customer_id, calendar.period_number
