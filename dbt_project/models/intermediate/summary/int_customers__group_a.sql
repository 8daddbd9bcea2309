with trailing_sales as (
    select * from {{ ref('int_customers__trailing_sales') }}
),

months as (
    select * from {{ ref('int_periods') }}
    where grain = 'month'
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- The cut is found over the amounts alone: who has the same sales is in the same group.
amounts as (
    select
        months.period_number as month_number,
        trailing_sales.sales_amount,
        sum(trailing_sales.sales_amount) as amount_of_all
    from trailing_sales
    inner join months
        on
            trailing_sales.from_month_number <= months.period_number
            and trailing_sales.to_month_number > months.period_number
    group by months.period_number, trailing_sales.sales_amount
),

accumulated as (
    select
        month_number,
        sales_amount,
        sum(amount_of_all) over (partition by month_number order by sales_amount desc)
        - amount_of_all as larger_amount,
        sum(amount_of_all) over (partition by month_number) as total_amount
    from amounts
),

smallest as (
    select
        accumulated.month_number,
        min(accumulated.sales_amount) as sales_amount
    from accumulated
    cross join parameters
    where {{ abc_group('accumulated.larger_amount', 'accumulated.total_amount') }} = 'A'
    group by accumulated.month_number
)

select
    smallest.month_number,
    trailing_sales.customer_id
from trailing_sales
inner join smallest
    on
        trailing_sales.from_month_number <= smallest.month_number
        and trailing_sales.to_month_number > smallest.month_number
        and trailing_sales.sales_amount >= smallest.sales_amount
