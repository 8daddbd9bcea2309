with customer_days as (
    select * from {{ ref('int_customer_days') }}
    where order_count > 0
),

contracts as (
    select * from {{ ref('int_contracts__in_force') }}
    where not is_trial
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- An instant is the start of a day and sees the days before it: what happens on a day counts from the next day's start.
activities as (
    select
        customer_days.customer_id,
        {{ add_days('customer_days.ordered_on', 1) }} as active_from,
        {{ add_days('customer_days.ordered_on', 'parameters.activity_window_days + 1') }} as active_to
    from customer_days
    cross join parameters
    union all
    select
        contracts.customer_id,
        {{ add_days('contracts.in_force_from', 1) }} as active_from,
        coalesce(
            {{ add_days('contracts.in_force_to', 1) }},
            {{ add_days('parameters.as_of_date', 2) }}
        ) as active_to
    from contracts
    inner join parameters on contracts.in_force_from <= parameters.as_of_date
),

marked as (
    select
        *,
        max(active_to) over (
            partition by customer_id order by active_from, active_to rows between unbounded preceding and 1 preceding
        ) as active_until
    from activities
),

numbered as (
    select
        *,
        sum(case when active_until >= active_from then 0 else 1 end) over (
            partition by customer_id order by active_from, active_to rows unbounded preceding
        ) as span_number
    from marked
)

select
    customer_id,
    cast(span_number as integer) as span_number,
    min(active_from) as active_from,
    max(active_to) as active_to
from numbered
group by customer_id, span_number
