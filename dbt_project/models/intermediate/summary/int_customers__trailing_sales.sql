with customer_months as (
    select * from {{ ref('int_customer_months') }}
),

-- A month's sales enter the trailing year with the month and leave it twelve months later, so that a customer has as many rows as
-- their sum changes, and not one per month.
changes as (
    select
        customer_id,
        month_number,
        net_amount
    from customer_months
    union all
    select
        customer_id,
        month_number + 12 as month_number,
        -net_amount as net_amount
    from customer_months
),

netted as (
    select
        customer_id,
        month_number,
        sum(net_amount) as net_amount
    from changes
    group by customer_id, month_number
),

running as (
    select
        customer_id,
        month_number as from_month_number,
        lead(month_number) over (partition by customer_id order by month_number) as to_month_number,
        sum(net_amount) over (
            partition by customer_id order by month_number rows between unbounded preceding and current row
        ) as sales_amount
    from netted
)

select
    customer_id,
    from_month_number,
    to_month_number,
    cast(sales_amount as decimal(18, 4)) as sales_amount
from running
where sales_amount > 0
