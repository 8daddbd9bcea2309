with actions as (
    select * from {{ ref('int_usage__core_actions') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
),

customer_dimensions as (
    select * from {{ ref('int_customer_dimensions') }}
),

acted as (
    select distinct
        calendar.grain,
        calendar.period_start,
        actions.customer_id,
        actions.event_type
    from actions
    inner join calendar on actions.acted_on = calendar.date_day
),

-- `any_core_action`: whoever did at least one of them, counted once.
with_any as (
    select
        grain,
        period_start,
        customer_id,
        event_type
    from acted
    union all
    select distinct
        grain,
        period_start,
        customer_id,
        'any_core_action' as event_type
    from acted
)

select
    with_any.grain,
    with_any.period_start,
    customer_dimensions.dimension,
    customer_dimensions.dimension_value,
    with_any.event_type,
    count(*) as customer_count
from with_any
inner join customer_dimensions on with_any.customer_id = customer_dimensions.customer_id
group by
    with_any.grain,
    with_any.period_start,
    customer_dimensions.dimension,
    customer_dimensions.dimension_value,
    with_any.event_type
