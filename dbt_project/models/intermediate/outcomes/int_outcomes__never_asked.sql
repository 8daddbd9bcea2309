with invitations as (
    select
        customer_id,
        business_day
    from {{ ref('stg_survey_invitations') }}
),

asked as (
    select
        customer_id,
        business_day
    from invitations
    union all
    select
        customer_id,
        business_day
    from {{ ref('stg_survey_responses') }}
),

first_asked as (
    select
        customer_id,
        min(business_day) as asked_on
    from asked
    where customer_id is not null
    group by customer_id
),

first_invitation as (
    select min(business_day) as invited_on from invitations
),

-- Before the first invitation nobody could be asked; where invitations are not known, neither is who was never asked.
year_ends as (
    select
        {{ add_days('periods.period_end', -1) }} as time_zero_on,
        periods.period_end
    from {{ ref('int_periods') }} as periods
    inner join first_invitation on periods.period_end > first_invitation.invited_on
    where periods.grain = 'year' and periods.is_complete
),

-- The instant at which the year ends sees its last day.
active as (
    select
        spans.customer_id,
        year_ends.time_zero_on
    from {{ ref('int_activity__spans') }} as spans
    inner join year_ends
        on spans.active_from <= year_ends.period_end and spans.active_to > year_ends.period_end
)

select
    active.customer_id,
    active.time_zero_on
from active
left join first_asked on active.customer_id = first_asked.customer_id
where first_asked.asked_on is null or first_asked.asked_on > active.time_zero_on
