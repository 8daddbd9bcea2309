with occasions as (
    select * from {{ ref('int_purchase_occasions') }}
),

customer_days as (
    select * from {{ ref('int_customer_days') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

purchases as (
    select
        customer_id,
        min(occasion_on) as first_purchase_on,
        max(occasion_on) as last_purchase_on,
        count(*) as purchase_occasion_count,
        sum(order_count) as order_count
    from occasions
    group by customer_id
),

-- Returns that name no purchase of ours reduce revenue all the same, so it comes from all days.
revenue as (
    select
        customer_days.customer_id,
        sum(customer_days.net_amount) as revenue_amount,
        sum(
            case
                when customer_days.ordered_on >= {{ add_months(add_days('parameters.as_of_date', 1), -12) }}
                    then customer_days.net_amount
            end
        ) as trailing_year_revenue_amount
    from customer_days
    cross join parameters
    group by customer_days.customer_id
)

select
    revenue.customer_id,
    purchases.first_purchase_on,
    purchases.last_purchase_on,
    coalesce(purchases.purchase_occasion_count, 0) as purchase_occasion_count,
    cast(coalesce(purchases.order_count, 0) as bigint) as order_count,
    cast(revenue.revenue_amount as decimal(18, 4)) as revenue_amount,
    cast(coalesce(revenue.trailing_year_revenue_amount, 0) as decimal(18, 4)) as trailing_year_revenue_amount
from revenue
left join purchases on revenue.customer_id = purchases.customer_id
