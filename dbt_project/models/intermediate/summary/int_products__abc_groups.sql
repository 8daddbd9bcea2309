with product_months as (
    select * from {{ ref('int_product_months') }}
),

closings as (
    select * from {{ ref('int_period_months') }}
    where is_closing
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- The twelve months that end with the period.
trailing_sales as (
    select
        closings.grain,
        closings.period_start,
        product_months.product_id,
        cast(sum(product_months.net_amount) as decimal(18, 4)) as sales_amount
    from closings
    inner join product_months
        on
            closings.month_number - 12 < product_months.month_number
            and closings.month_number >= product_months.month_number
    group by closings.grain, closings.period_start, product_months.product_id
    having sum(product_months.net_amount) > 0
),

accumulated as (
    select
        *,
        sum(sales_amount) over (partition by grain, period_start order by sales_amount desc)
        - sum(sales_amount) over (partition by grain, period_start, sales_amount) as larger_amount,
        sum(sales_amount) over (partition by grain, period_start) as total_amount
    from trailing_sales
)

select
    accumulated.grain,
    accumulated.period_start,
    accumulated.product_id,
    accumulated.sales_amount,
    {{ safe_divide('accumulated.sales_amount', 'accumulated.total_amount') }} as sales_share,
    {{ abc_group('accumulated.larger_amount', 'accumulated.total_amount') }} as abc_group
from accumulated
cross join parameters
