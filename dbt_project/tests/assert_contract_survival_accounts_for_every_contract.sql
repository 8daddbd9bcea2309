-- Churned and censored contracts must add up to all contracts in every grain and dimension, and survival must never rise: a contract
-- that falls out of a cohort would flatter or darken the curve unseen.
with curves as (
    select * from {{ ref('int_contract_survival__curves') }}
),

cohort_sums as (
    select
        grain,
        dimension,
        sum(event_count + censored_count) as contract_count
    from curves
    group by grain, dimension
),

contracts as (
    select count(*) as contract_count from {{ ref('int_contract_lifetimes') }}
),

steps as (
    select
        grain,
        dimension,
        survival_rate,
        lag(survival_rate) over (
            partition by grain, cohort_start, dimension, dimension_value
            order by days_since_start
        ) as previous_survival_rate
    from {{ ref('contract_survival') }}
)

select
    cohort_sums.grain,
    cohort_sums.dimension,
    'contracts are missing or doubled' as problem
from cohort_sums
cross join contracts
where cohort_sums.contract_count <> contracts.contract_count
union all
select
    grain,
    dimension,
    'survival rises' as problem
from steps
-- Sums of logarithms are doubles: they may differ in the last digit where no contract churned.
where survival_rate > previous_survival_rate + 1e-12
