with conversions as (
    select * from {{ ref('int_conversions__by_dimension') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
    where grain in ('month', 'quarter', 'year')
),

days as (
    select
        converted_on,
        dimension,
        dimension_value,
        conversion_source,
        conversion_type,
        count(*) as conversion_count,
        sum(net_amount) as net_amount
    from conversions
    group by converted_on, dimension, dimension_value, conversion_source, conversion_type
)

select
    calendar.grain,
    calendar.period_start,
    calendar.period_end,
    calendar.is_complete,
    days.dimension,
    days.dimension_value,
    coalesce(days.conversion_source, 'total') as conversion_source,
    coalesce(days.conversion_type, 'all') as conversion_type,
    cast(sum(days.conversion_count) as bigint) as conversion_count,
    cast(coalesce(sum(days.net_amount), 0) as decimal(18, 4)) as net_amount
from days
inner join calendar on days.converted_on = calendar.date_day
group by
    calendar.grain,
    calendar.period_start,
    calendar.period_end,
    calendar.is_complete,
    days.dimension,
    days.dimension_value,
    cube (days.conversion_source, days.conversion_type)
