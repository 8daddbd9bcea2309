with contracts as (
    select * from {{ ref('int_contracts__in_force') }}
    where not is_trial
),

month_ends as (
    select * from {{ ref('int_recurring_revenue__month_ends') }}
),

periods as (
    select * from {{ ref('int_periods') }}
    where grain = 'month'
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- The month of the as-of date closes, for the time being, on that day.
recurring_revenue as (
    select
        month_ends.customer_id,
        month_ends.mrr_amount
    from month_ends
    inner join periods on month_ends.month_number = periods.period_number
    inner join parameters
        on periods.period_start <= parameters.as_of_date and periods.period_end > parameters.as_of_date
),

held as (
    select
        contracts.customer_id,
        min(contracts.in_force_from) as first_contract_on,
        count(distinct case
            when contracts.in_force_to is null or contracts.in_force_to > parameters.as_of_date
                then contracts.contract_id
        end) as contracts_in_force_count
    from contracts
    inner join parameters on contracts.in_force_from <= parameters.as_of_date
    group by contracts.customer_id
)

select
    held.customer_id,
    held.first_contract_on,
    held.contracts_in_force_count,
    coalesce(recurring_revenue.mrr_amount, 0) as mrr_amount
from held
left join recurring_revenue on held.customer_id = recurring_revenue.customer_id
