with customer_months as (
    select * from {{ ref('int_customer_months') }}
),

month_ends as (
    select * from {{ ref('int_recurring_revenue__month_ends') }}
),

period_months as (
    select * from {{ ref('int_period_months') }}
),

customer_dimensions as (
    select * from {{ ref('int_customer_dimensions') }}
),

receipts as (
    select
        customer_id,
        month_number,
        net_amount as receipts_amount,
        order_count > 0 as is_customer
    from customer_months
    union all
    select
        customer_id,
        month_number,
        mrr_amount as receipts_amount,
        true as is_customer
    from month_ends
),

-- Who only sent something back has receipts, below zero, and is no customer of the period.
customers as (
    select
        period_months.grain,
        period_months.period_start,
        receipts.customer_id,
        cast(sum(receipts.receipts_amount) as decimal(18, 4)) as receipts_amount,
        max(case when receipts.is_customer then 1 else 0 end) as customer_count
    from receipts
    inner join period_months on receipts.month_number = period_months.month_number
    group by period_months.grain, period_months.period_start, receipts.customer_id
)

select
    customers.grain,
    customers.period_start,
    customer_dimensions.dimension,
    customer_dimensions.dimension_value,
    cast(sum(customers.receipts_amount) as decimal(18, 4)) as receipts_amount,
    cast(sum(customers.customer_count) as bigint) as customer_count,
    cast(
        sum({{ exact_product('customers.receipts_amount', 'customers.receipts_amount') }}) as decimal(38, 8)
    ) as receipts_square_sum,
    cast(sum(customers.receipts_amount * customers.customer_count) as decimal(38, 8)) as product_sum,
    cast(count(*) as bigint) as payer_count
from customers
inner join customer_dimensions on customers.customer_id = customer_dimensions.customer_id
group by customers.grain, customers.period_start, customer_dimensions.dimension, customer_dimensions.dimension_value
