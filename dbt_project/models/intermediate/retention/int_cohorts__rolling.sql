with customers as (
    select * from {{ ref('int_cohorts__customers') }}
),

active_windows as (
    select * from {{ ref('int_cohorts__active_windows') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
    where grain in ('week', 'month', 'quarter')
),

windows as (
    select cast(period_number - 1 as integer) as window_number
    from {{ ref('int_periods') }}
    where grain = 'day'
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- Customers of one first day share their windows, so the matrix is laid out by that day and then added up.
first_days as (
    select
        first_purchase_on,
        passed_window_count,
        count(*) as customers
    from customers
    group by first_purchase_on, passed_window_count
),

matrix as (
    select
        first_days.*,
        windows.window_number,
        parameters.rolling_days,
        parameters.as_of_date,
        windows.window_number < first_days.passed_window_count as has_passed
    from first_days
    cross join parameters
    inner join windows
        on
            {{ add_days('first_days.first_purchase_on', '(windows.window_number * parameters.rolling_days)') }}
            <= parameters.as_of_date
),

cells as (
    select
        calendar.grain,
        calendar.period_start as cohort_start,
        matrix.window_number as period_offset,
        {{ add_days('calendar.period_end', '((matrix.window_number + 1) * matrix.rolling_days - 1)') }}
        <= {{ add_days('matrix.as_of_date', 1) }} as is_complete,
        sum(matrix.customers) as begun_customers,
        sum(case when matrix.has_passed then matrix.customers else 0 end) as denominator,
        coalesce(sum(active.active_customers), 0) as retained,
        coalesce(sum(active.order_count), 0) as order_count,
        coalesce(sum(active.revenue_amount), 0) as revenue_amount,
        coalesce(sum(case when matrix.has_passed then first_window.revenue_amount end), 0) as base_revenue_amount
    from matrix
    inner join calendar on matrix.first_purchase_on = calendar.date_day
    left join active_windows as active
        on matrix.first_purchase_on = active.first_purchase_on and matrix.window_number = active.window_number
    left join active_windows as first_window
        on matrix.first_purchase_on = first_window.first_purchase_on and first_window.window_number = 0
    group by
        calendar.grain,
        calendar.period_start,
        calendar.period_end,
        matrix.window_number,
        matrix.rolling_days,
        matrix.as_of_date
)

select
    grain,
    'rolling' as kind,
    cohort_start,
    period_offset,
    cast(null as date) as period_start,
    -- Everyone's first window has begun, for it begins with the purchase.
    cast(max(begun_customers) over (partition by grain, cohort_start) as bigint) as cohort_size,
    cast(denominator as bigint) as denominator,
    cast(retained as bigint) as retained,
    cast(order_count as bigint) as order_count,
    cast(revenue_amount as decimal(18, 4)) as revenue_amount,
    cast(base_revenue_amount as decimal(18, 4)) as base_revenue_amount,
    is_complete
from cells
