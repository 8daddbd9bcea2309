with stretches as (
    select * from {{ ref('int_contracts__in_force') }}
    where not is_trial
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- The end of a stretch is a churn only when the grace days have gone by without the next stretch.
bounded as (
    select
        stretches.contract_id,
        stretches.customer_id,
        stretches.plan_id,
        stretches.in_force_from,
        stretches.in_force_to,
        min(stretches.in_force_from) over (partition by stretches.contract_id) as first_started_on,
        lead(stretches.in_force_from)
            over (partition by stretches.contract_id order by stretches.in_force_from)
            as next_from,
        {{ add_days('stretches.in_force_to', 'parameters.contracts_grace_days') }} as grace_ends_on,
        parameters.as_of_date
    from stretches
    cross join parameters
),

summarised as (
    select
        contract_id,
        first_started_on,
        as_of_date,
        min(case when in_force_from = first_started_on then customer_id end) as customer_id,
        min(case when in_force_from = first_started_on then plan_id end) as plan_id,
        min(case
            when grace_ends_on <= as_of_date and (next_from is null or next_from > grace_ends_on) then in_force_to
        end) as churned_on,
        -- A stretch that ended within its grace days is followed only up to its end.
        max(coalesce(in_force_to, {{ add_days('as_of_date', 1) }})) as followed_until
    from bounded
    group by contract_id, first_started_on, as_of_date
)

select
    contract_id,
    customer_id,
    plan_id,
    first_started_on,
    churned_on,
    churned_on is not null as is_churned,
    {{ days_between('first_started_on', 'coalesce(churned_on, followed_until)') }} as observed_days
from summarised
