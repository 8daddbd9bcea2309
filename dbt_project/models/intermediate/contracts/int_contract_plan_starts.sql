with terms as (
    select * from {{ ref('int_contract_terms') }}
    where not is_trial
),

products as (
    select * from {{ ref('stg_products') }}
),

described as (
    select
        terms.contract_id,
        terms.term_no,
        terms.customer_id,
        terms.plan_id,
        terms.started_on,
        terms.monthly_amount,
        nullif(trim(products.category_path), '') as category_path,
        coalesce(terms.plan_tier, products.tier) as plan_tier
    from terms
    left join products on terms.plan_id = products.product_id
),

sequenced as (
    select
        *,
        row_number() over (partition by contract_id order by started_on, term_no) as term_rank,
        lag(plan_id) over (partition by contract_id order by started_on, term_no) as previous_plan_id,
        lag(plan_tier) over (partition by contract_id order by started_on, term_no) as previous_plan_tier,
        lag(monthly_amount) over (partition by contract_id order by started_on, term_no) as previous_monthly_amount
    from described
)

select
    contract_id,
    term_no,
    customer_id,
    plan_id,
    plan_tier,
    category_path,
    monthly_amount,
    started_on,
    term_rank = 1 as is_contract_start,
    term_rank > 1 and plan_id <> previous_plan_id as is_plan_change,
    previous_plan_tier,
    previous_monthly_amount
from sequenced
