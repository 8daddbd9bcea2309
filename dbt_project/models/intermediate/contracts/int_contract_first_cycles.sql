with terms as (
    select * from {{ ref('int_contract_terms') }}
    where is_recurring
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

first_terms as (
    select * from terms
    qualify row_number() over (partition by customer_id order by started_on, contract_id, term_no) = 1
),

first_cycles as (
    select
        customer_id,
        contract_id,
        started_on,
        case billing_months
            {%- for months in [1, 3, 12] %}
            when {{ months }} then {{ add_months('started_on', months) }}
            {%- endfor %}
        end as cycle_ends_on
    from first_terms
),

final as (
    select
        first_cycles.customer_id,
        first_cycles.contract_id,
        first_cycles.started_on,
        first_cycles.cycle_ends_on,
        case
            when
                {{ add_days('first_cycles.cycle_ends_on', 'parameters.contracts_grace_days') }} > parameters.as_of_date
                then 'not_yet_due'
            when count(following.customer_id) > 0 then 'renewed'
            else 'stopped'
        end as renewal_state
    from first_cycles
    cross join parameters
    left join terms as following
        on
            first_cycles.customer_id = following.customer_id
            and following.started_on <= {{ add_days('first_cycles.cycle_ends_on', 'parameters.contracts_grace_days') }}
            and (following.ended_on is null or first_cycles.cycle_ends_on < following.ended_on)
    group by
        first_cycles.customer_id,
        first_cycles.contract_id,
        first_cycles.started_on,
        first_cycles.cycle_ends_on,
        parameters.contracts_grace_days,
        parameters.as_of_date
)

select
    customer_id,
    contract_id,
    started_on,
    cycle_ends_on,
    renewal_state
from final
