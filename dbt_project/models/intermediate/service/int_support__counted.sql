with requests as (
    select * from {{ ref('int_support_requests__resolved') }}
),

customer_dimensions as (
    select * from {{ ref('int_customer_dimensions') }}
),

dimensions as (
    select * from {{ source('control', 'dimensions') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
    where grain in ('month', 'quarter', 'year')
),

-- Requests without a customer count in total and in their channel, and as unknown in the dimensions of customers.
by_dimension as (
    select
        requests.*,
        'total' as dimension,
        'total' as dimension_value
    from requests
    union all
    select
        requests.*,
        dimensions.dimension,
        requests.channel as dimension_value
    from requests
    inner join dimensions on dimensions.dimension = 'channel'
    union all
    select
        requests.*,
        dimensions.dimension,
        coalesce(customer_dimensions.dimension_value, 'unknown') as dimension_value
    from requests
    inner join dimensions on dimensions.dimension in ('segment', 'region')
    left join customer_dimensions
        on
            requests.customer_id = customer_dimensions.customer_id
            and dimensions.dimension = customer_dimensions.dimension
),

daily as (
    select
        opened_on,
        dimension,
        dimension_value,
        count(*) as request_count,
        count(is_resolved) as observed_count,
        count(*) filter (where is_resolved) as resolved_count,
        count(is_recorded_resolved) as recorded_count,
        count(*) filter (where is_recorded_resolved) as recorded_resolved_count
    from by_dimension
    group by opened_on, dimension, dimension_value
)

select
    calendar.grain,
    calendar.period_start,
    daily.dimension,
    daily.dimension_value,
    cast(sum(daily.request_count) as bigint) as request_count,
    cast(sum(daily.observed_count) as bigint) as observed_count,
    cast(sum(daily.resolved_count) as bigint) as resolved_count,
    cast(sum(daily.recorded_count) as bigint) as recorded_count,
    cast(sum(daily.recorded_resolved_count) as bigint) as recorded_resolved_count
from daily
inner join calendar on daily.opened_on = calendar.date_day
group by calendar.grain, calendar.period_start, daily.dimension, daily.dimension_value
