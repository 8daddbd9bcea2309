with sales as (
    select * from {{ ref('int_customers__group_a_sales') }}
),

periods as (
    select * from {{ ref('int_periods') }}
)

-- A group that has nobody left has sold nothing: the period after one with sales always has a row.
select
    previous.grain,
    periods.period_start,
    previous.dimension,
    previous.dimension_value,
    {{ dynamics('coalesce(sales.net_amount, 0)', 'previous.net_amount') }} as value,
    cast(coalesce(sales.net_amount, 0) as decimal(18, 4)) as net_amount,
    previous.net_amount as previous_net_amount,
    cast(coalesce(sales.customer_count, 0) as bigint) as customer_count,
    cast(previous.customer_count as bigint) as previous_customer_count
from sales as previous
inner join periods
    on
        previous.grain = periods.grain
        and previous.period_number + 1 = periods.period_number
left join sales
    on
        previous.grain = sales.grain
        and previous.period_number + 1 = sales.period_number
        and previous.dimension = sales.dimension
        and previous.dimension_value = sales.dimension_value
where previous.net_amount > 0
