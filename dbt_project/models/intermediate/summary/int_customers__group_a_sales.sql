with members as (
    select * from {{ ref('int_customers__group_a') }}
),

customer_months as (
    select * from {{ ref('int_customer_months') }}
),

period_months as (
    select * from {{ ref('int_period_months') }}
),

customer_dimensions as (
    select * from {{ ref('int_customer_dimensions') }}
),

closings as (
    select * from period_months
    where is_closing
),

-- The group of a period is that of its last month.
period_members as (
    select
        closings.grain,
        closings.period_number,
        members.customer_id
    from members
    inner join closings on members.month_number = closings.month_number
),

sales as (
    select
        period_months.grain,
        period_months.period_number,
        customer_months.customer_id,
        sum(customer_months.net_amount) as net_amount
    from customer_months
    inner join period_months on customer_months.month_number = period_months.month_number
    group by period_months.grain, period_months.period_number, customer_months.customer_id
)

select
    period_members.grain,
    period_members.period_number,
    customer_dimensions.dimension,
    customer_dimensions.dimension_value,
    count(*) as customer_count,
    cast(coalesce(sum(sales.net_amount), 0) as decimal(18, 4)) as net_amount
from period_members
inner join customer_dimensions on period_members.customer_id = customer_dimensions.customer_id
left join sales
    on
        period_members.grain = sales.grain
        and period_members.period_number = sales.period_number
        and period_members.customer_id = sales.customer_id
group by
    period_members.grain,
    period_members.period_number,
    customer_dimensions.dimension,
    customer_dimensions.dimension_value
