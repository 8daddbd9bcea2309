with terms as (
    select * from {{ ref('int_contract_terms') }}
),

preceded as (
    select
        *,
        max(coalesce(ended_on, date '9999-12-31')) over (
            partition by contract_id, customer_id, is_trial
            order by started_on, term_no
            rows between unbounded preceding and 1 preceding
        ) as earlier_terms_end_on
    from terms
),

-- A stretch begins with a term that no earlier one reaches.
numbered as (
    select
        *,
        sum(case when started_on <= earlier_terms_end_on then 0 else 1 end) over (
            partition by contract_id, customer_id, is_trial
            order by started_on, term_no
            rows between unbounded preceding and current row
        ) as stretch_number
    from preceded
),

final as (
    select
        contract_id,
        customer_id,
        is_trial,
        stretch_number,
        min(started_on) as in_force_from,
        nullif(max(coalesce(ended_on, date '9999-12-31')), date '9999-12-31') as in_force_to,
        min(case when earlier_terms_end_on is null or started_on > earlier_terms_end_on then plan_id end) as plan_id
    from numbered
    group by contract_id, customer_id, is_trial, stretch_number
)

select
    contract_id,
    customer_id,
    in_force_from,
    in_force_to,
    plan_id,
    is_trial
from final
