with conversions as (
    select * from {{ ref('int_conversions__by_dimension') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
),

-- Customers do not add up over periods; each month first, so that the longer grains have less to look through.
months as (
    select
        conversions.customer_id,
        conversions.conversion_source,
        conversions.dimension,
        conversions.dimension_value,
        calendar.period_start,
        min(conversions.converted_on) as converted_on
    from conversions
    inner join calendar on conversions.converted_on = calendar.date_day and calendar.grain = 'month'
    group by
        conversions.customer_id,
        conversions.conversion_source,
        conversions.dimension,
        conversions.dimension_value,
        calendar.period_start
),

periods as (
    select distinct
        months.customer_id,
        months.conversion_source,
        months.dimension,
        months.dimension_value,
        calendar.grain,
        calendar.period_start
    from months
    inner join calendar on months.converted_on = calendar.date_day and calendar.grain in ('month', 'quarter', 'year')
),

-- To count rows that are distinct already is faster than `count(distinct)` over all sources at once.
customers as (
    select * from periods
    union all
    select distinct
        customer_id,
        'total' as conversion_source,
        dimension,
        dimension_value,
        grain,
        period_start
    from periods
)

select
    grain,
    period_start,
    dimension,
    dimension_value,
    conversion_source,
    count(*) as customer_count
from customers
group by grain, period_start, dimension, dimension_value, conversion_source
