-- A second path to the last end: per contract the latest of the paid terms that are in force, straight from the terms. Revenue that
-- the months leave out, or count twice where terms overlap, would otherwise still bridge.
with terms as (
    select * from {{ ref('int_contract_terms') }}
    where
        ended_on is null
        and not is_trial
),

latest_terms as (
    select
        terms.contract_id,
        terms.monthly_amount
    from terms
    where not exists (
        select 1
        from terms as later
        where
            later.contract_id = terms.contract_id
            and (
                later.started_on > terms.started_on
                or (later.started_on = terms.started_on and later.term_no > terms.term_no)
            )
    )
),

expected as (
    select coalesce(sum(monthly_amount), 0) as mrr_amount
    from latest_terms
),

published as (
    select coalesce(max_by(end_mrr_amount, period_start), 0) as mrr_amount
    from {{ ref('mrr_movements') }}
    where dimension = 'total'
)

select
    expected.mrr_amount as expected_mrr_amount,
    published.mrr_amount as published_mrr_amount
from expected
cross join published
where expected.mrr_amount <> published.mrr_amount
