with requests as (
    select * from {{ ref('stg_support_requests') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- A topic that is not known is a topic of its own: without any, every further contact of the customer counts.
with_next as (
    select
        *,
        case
            when customer_id is not null
                then lead(business_day) over (
                    partition by customer_id, coalesce(topic, '') order by opened_at, request_id
                )
        end as next_contact_on
    from requests
),

judged as (
    select
        with_next.request_id,
        with_next.customer_id,
        with_next.channel,
        with_next.business_day as opened_on,
        with_next.resolved_at_first_contact,
        {{ add_days('with_next.business_day', 'parameters.support_repeat_window_days') }} as window_ends_on,
        {{ add_days('with_next.business_day', 'parameters.support_repeat_window_days') }} <= parameters.as_of_date
            as is_window_over,
        with_next.next_contact_on
    from with_next
    cross join parameters
)

-- What was seen decides; what support recorded does so only where a further contact could not be seen.
select
    request_id,
    customer_id,
    channel,
    opened_on,
    case
        when not is_window_over then null
        when customer_id is null then resolved_at_first_contact
        else coalesce(next_contact_on > window_ends_on, true)
    end as is_resolved,
    resolved_at_first_contact as is_recorded_resolved
from judged
