with costs as (
    select * from {{ ref('int_retention_costs__periods') }}
),

customer_months as (
    select * from {{ ref('int_customer_months') }}
    where gross_profit_amount is not null
),

period_months as (
    select * from {{ ref('int_period_months') }}
),

spans as (
    select * from {{ ref('int_activity__spans') }}
),

customer_dimensions as (
    select * from {{ ref('int_customer_dimensions') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- Only periods whose costs are known are asked for; the current one ends, for the time being, with the as-of date.
periods as (
    select
        period_months.grain,
        period_months.period_start,
        period_months.month_number,
        least(period_months.period_end, {{ add_days('parameters.as_of_date', 1) }}) as ends_before
    from period_months
    cross join parameters
    where exists (
        select costs.grain
        from costs
        where costs.grain = period_months.grain and costs.period_start = period_months.period_start
    )
),

profits as (
    select
        periods.grain,
        periods.period_start,
        periods.ends_before,
        customer_months.customer_id,
        sum(customer_months.gross_profit_amount) as gross_profit_amount
    from customer_months
    inner join periods on customer_months.month_number = periods.month_number
    group by periods.grain, periods.period_start, periods.ends_before, customer_months.customer_id
)

select
    profits.grain,
    profits.period_start,
    customer_dimensions.dimension,
    customer_dimensions.dimension_value,
    cast(sum(profits.gross_profit_amount) as decimal(18, 4)) as gross_profit_amount
from profits
inner join spans as starts
    on
        profits.customer_id = starts.customer_id
        and profits.period_start >= starts.active_from
        and profits.period_start < starts.active_to
inner join spans as ends
    on
        profits.customer_id = ends.customer_id
        and profits.ends_before >= ends.active_from
        and profits.ends_before < ends.active_to
inner join customer_dimensions on profits.customer_id = customer_dimensions.customer_id
group by
    profits.grain, profits.period_start, customer_dimensions.dimension, customer_dimensions.dimension_value
