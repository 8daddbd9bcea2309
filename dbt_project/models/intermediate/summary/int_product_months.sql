with lines as (
    select * from {{ ref('int_order_lines__net') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
    where grain = 'month'
),

daily as (
    select
        product_id,
        ordered_on,
        sum(net_amount) as net_amount
    from lines
    group by product_id, ordered_on
)

select
    daily.product_id,
    calendar.period_number as month_number,
    cast(sum(daily.net_amount) as decimal(18, 4)) as net_amount
from daily
inner join calendar on daily.ordered_on = calendar.date_day
group by daily.product_id, calendar.period_number
