with terms as (
    select * from {{ ref('int_contract_terms') }}
    where not is_trial
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

due_terms as (
    select
        terms.contract_id,
        terms.term_no,
        terms.customer_id,
        terms.ended_on,
        {{ add_days('terms.ended_on', 'parameters.contracts_grace_days') }} as grace_ends_on,
        parameters.as_of_date
    from terms
    cross join parameters
    where terms.ended_on is not null
),

-- A term is judged when its grace days have passed, renewed or not: judging renewals early would flatter the latest period.
final as (
    select
        due_terms.contract_id,
        due_terms.term_no,
        due_terms.customer_id,
        due_terms.ended_on,
        case
            when due_terms.grace_ends_on > due_terms.as_of_date then 'not_yet_due'
            when count(following.contract_id) > 0 then 'renewed'
            else 'stopped'
        end as renewal_state
    from due_terms
    left join terms as following
        on
            due_terms.contract_id = following.contract_id
            and due_terms.grace_ends_on >= following.started_on
            and (following.ended_on is null or due_terms.ended_on < following.ended_on)
    group by
        due_terms.contract_id,
        due_terms.term_no,
        due_terms.customer_id,
        due_terms.ended_on,
        due_terms.grace_ends_on,
        due_terms.as_of_date
)

select
    contract_id,
    term_no,
    customer_id,
    ended_on,
    renewal_state
from final
