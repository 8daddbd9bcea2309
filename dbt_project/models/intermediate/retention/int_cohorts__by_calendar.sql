with customers as (
    select * from {{ ref('int_cohorts__customers') }}
),

active_periods as (
    select * from {{ ref('int_cohorts__active_periods') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
),

periods as (
    select * from {{ ref('int_periods') }}
),

last_periods as (
    select
        cohort.grain,
        cohort.period_number as cohort_number,
        cohort.period_start as cohort_start,
        latest.period_number,
        count(*) as customers
    from customers
    inner join calendar as cohort on customers.first_purchase_on = cohort.date_day
    inner join calendar as latest on customers.last_purchase_on = latest.date_day and cohort.grain = latest.grain
    where cohort.grain in ('week', 'month', 'quarter')
    group by cohort.grain, cohort.period_number, cohort.period_start, latest.period_number
),

cohorts as (
    select
        grain,
        cohort_number,
        cohort_start,
        sum(customers) as cohort_size
    from last_periods
    group by grain, cohort_number, cohort_start
),

-- Every period from the cohort's own to the one of the as-of date, with or without activity.
matrix as (
    select
        cohorts.*,
        periods.period_number,
        periods.period_start,
        periods.is_complete,
        coalesce(active_periods.active_customers, 0) as active_customers,
        coalesce(last_periods.customers, 0) as last_active_customers,
        coalesce(active_periods.order_count, 0) as order_count,
        coalesce(active_periods.revenue_amount, 0) as revenue_amount
    from cohorts
    inner join periods on cohorts.grain = periods.grain and cohorts.cohort_number <= periods.period_number
    left join active_periods
        on
            cohorts.grain = active_periods.grain
            and cohorts.cohort_number = active_periods.cohort_number
            and periods.period_number = active_periods.period_number
    left join last_periods
        on
            cohorts.grain = last_periods.grain
            and cohorts.cohort_number = last_periods.cohort_number
            and periods.period_number = last_periods.period_number
),

-- Who was active last in a period was active in it or after it, as seen from every earlier one.
kinds as (
    select
        *,
        'on' as kind,
        active_customers as retained,
        order_count as cell_order_count,
        revenue_amount as cell_revenue_amount
    from matrix
    union all
    select
        *,
        'on_or_after' as kind,
        sum(last_active_customers) over from_here as retained,
        sum(order_count) over from_here as cell_order_count,
        sum(revenue_amount) over from_here as cell_revenue_amount
    from matrix
    window from_here as (partition by grain, cohort_number order by period_number desc)
)

select
    grain,
    kind,
    cohort_start,
    cast(period_number - cohort_number as integer) as period_offset,
    period_start,
    cast(cohort_size as bigint) as cohort_size,
    cast(cohort_size as bigint) as denominator,
    cast(retained as bigint) as retained,
    cast(cell_order_count as bigint) as order_count,
    cast(cell_revenue_amount as decimal(18, 4)) as revenue_amount,
    cast(first_value(cell_revenue_amount) over (
        partition by grain, kind, cohort_number order by period_number
    ) as decimal(18, 4)) as base_revenue_amount,
    is_complete
from kinds
