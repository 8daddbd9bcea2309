with contracts as (
    select * from {{ ref('stg_contracts') }}
),

fx_rates as (
    select * from {{ ref('stg_fx_rates') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- What is not known as of the as-of date is cut off: later terms do not exist, later ends and cancellations are open.
known_terms as (
    select
        contracts.contract_id,
        contracts.term_no,
        contracts.customer_id,
        contracts.plan_id,
        contracts.plan_tier,
        contracts.started_on,
        contracts.recurring_amount,
        coalesce(contracts.billing_period, 'month') as billing_period,
        coalesce(contracts.is_trial, false) as is_trial,
        contracts.ended_on <= contracts.started_on as is_never_in_force,
        coalesce(contracts.currency, parameters.currency) as currency,
        parameters.currency as company_currency,
        case when contracts.ended_on <= parameters.as_of_date then contracts.ended_on end as ended_on,
        case when contracts.cancelled_on <= parameters.as_of_date then contracts.cancelled_on end as cancelled_on,
        min(contracts.started_on) over (partition by contracts.contract_id) as contract_started_on
    from contracts
    inner join parameters on contracts.started_on <= parameters.as_of_date
),

-- One rate for the life of a contract, so that a change of rate is never a change of revenue.
converted as (
    select
        known_terms.*,
        case
            when known_terms.currency = known_terms.company_currency then known_terms.recurring_amount
            else {{ converted_amount('known_terms.recurring_amount', 'fx_rates.rate') }}
        end as company_amount,
        case known_terms.billing_period when 'month' then 1 when 'quarter' then 3 when 'year' then 12 end
            as billing_months
    from known_terms
    left join fx_rates
        on
            known_terms.currency = fx_rates.currency
            and known_terms.contract_started_on = fx_rates.rate_on
    where not coalesce(known_terms.is_never_in_force, false)
),

final as (
    select
        *,
        {{ divide_to_cents('company_amount', 'billing_months') }} as monthly_amount
    from converted
)

select
    contract_id,
    term_no,
    customer_id,
    plan_id,
    plan_tier,
    billing_period,
    billing_months,
    started_on,
    ended_on,
    cancelled_on,
    monthly_amount,
    is_trial,
    recurring_amount = 0 as is_free,
    not is_trial and monthly_amount > 0 as is_recurring
from final
