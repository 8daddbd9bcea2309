with attributes as (
    select * from {{ ref('int_customers__attributes') }}
),

states as (
    select * from {{ ref('int_customers__states') }}
),

abc_groups as (
    select * from {{ ref('int_customers__abc_groups') }}
),

purchases as (
    select * from {{ ref('int_customers__purchases') }}
),

contracts as (
    select * from {{ ref('int_customers__contracts') }}
),

scores as (
    select * from {{ ref('int_customers__latest_scores') }}
)

select
    attributes.customer_id,
    states.customer_state,
    attributes.segment,
    attributes.region,
    attributes.do_not_contact,
    abc_groups.abc_group,
    purchases.first_purchase_on,
    purchases.last_purchase_on,
    coalesce(purchases.purchase_occasion_count, 0) as purchase_occasion_count,
    coalesce(purchases.order_count, 0) as order_count,
    coalesce(purchases.revenue_amount, 0) as revenue_amount,
    coalesce(purchases.trailing_year_revenue_amount, 0) as trailing_year_revenue_amount,
    contracts.first_contract_on,
    coalesce(contracts.contracts_in_force_count, 0) as contracts_in_force_count,
    coalesce(contracts.mrr_amount, 0) as mrr_amount,
    scores.last_nps_score,
    case
        when scores.last_nps_score >= 9 then 'promoter'
        when scores.last_nps_score >= 7 then 'passive'
        when scores.last_nps_score is not null then 'detractor'
    end as last_nps_group,
    scores.last_nps_on,
    scores.last_csat_score,
    scores.last_csat_on
from attributes
inner join states on attributes.customer_id = states.customer_id
left join abc_groups on attributes.customer_id = abc_groups.customer_id
left join purchases on attributes.customer_id = purchases.customer_id
left join contracts on attributes.customer_id = contracts.customer_id
left join scores on attributes.customer_id = scores.customer_id
