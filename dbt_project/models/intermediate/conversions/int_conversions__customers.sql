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
)

select
    grain,
    period_start,
    dimension,
    dimension_value,
    coalesce(conversion_source, 'total') as conversion_source,
    count(distinct customer_id) as customer_count
from periods
group by grain, period_start, dimension, dimension_value, grouping sets ((conversion_source), ())
