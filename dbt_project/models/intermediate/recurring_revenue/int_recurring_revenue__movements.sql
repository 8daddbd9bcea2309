with month_ends as (
    select * from {{ ref('int_recurring_revenue__month_ends') }}
),

calendar as (
    select * from {{ ref('int_periods') }}
    where grain in ('month', 'quarter', 'year')
),

-- A period closes with its last month that has begun.
periods as (
    select
        calendar.grain,
        calendar.period_number,
        calendar.period_start,
        min(months.period_number) as first_month_number,
        max(months.period_number) as closing_month_number
    from calendar
    inner join calendar as months
        on
            months.grain = 'month'
            and calendar.period_start < months.period_end
            and calendar.period_end > months.period_start
    group by calendar.grain, calendar.period_number, calendar.period_start
),

first_months as (
    select
        customer_id,
        min(month_number) as first_mrr_month_number
    from month_ends
    group by customer_id
),

-- A closing balance is the end of its period and the start of the next.
balances as (
    select
        periods.grain,
        periods.period_number,
        month_ends.customer_id,
        cast(0 as decimal(18, 2)) as start_mrr_amount,
        month_ends.mrr_amount as end_mrr_amount
    from month_ends
    inner join periods on month_ends.month_number = periods.closing_month_number
    union all
    select
        periods.grain,
        periods.period_number + 1 as period_number,
        month_ends.customer_id,
        month_ends.mrr_amount as start_mrr_amount,
        cast(0 as decimal(18, 2)) as end_mrr_amount
    from month_ends
    inner join periods on month_ends.month_number = periods.closing_month_number
),

customer_periods as (
    select
        grain,
        period_number,
        customer_id,
        cast(sum(start_mrr_amount) as decimal(18, 2)) as start_mrr_amount,
        cast(sum(end_mrr_amount) as decimal(18, 2)) as end_mrr_amount
    from balances
    group by grain, period_number, customer_id
),

-- Who comes from zero is told apart first: a return must never come out as an expansion.
final as (
    select
        customer_periods.*,
        periods.period_start,
        case
            when
                customer_periods.start_mrr_amount = 0
                and first_months.first_mrr_month_number < periods.first_month_number
                then 'reactivation'
            when customer_periods.start_mrr_amount = 0 then 'new'
            when customer_periods.end_mrr_amount = 0 then 'churn'
            when customer_periods.end_mrr_amount > customer_periods.start_mrr_amount then 'expansion'
            when customer_periods.end_mrr_amount < customer_periods.start_mrr_amount then 'contraction'
            else 'unchanged'
        end as movement
    from customer_periods
    inner join periods
        on
            customer_periods.grain = periods.grain
            and customer_periods.period_number = periods.period_number
    inner join first_months on customer_periods.customer_id = first_months.customer_id
)

select
    customer_id,
    grain,
    period_number,
    period_start,
    movement,
    start_mrr_amount,
    end_mrr_amount
from final
