-- Every customer with a purchase is in exactly one cohort of each grain and kind; one outside the calendar would be in none.
with cohorts as (
    select
        grain,
        kind,
        sum(cohort_size) as customers
    from {{ ref('cohort_retention') }}
    where period_offset = 0
    group by grain, kind
),

customers as (
    select count(distinct customer_id) as customers
    from {{ ref('int_purchase_orders') }}
),

expected as (
    select
        grains.grain,
        kinds.kind
    from (values ('week'), ('month'), ('quarter')) as grains (grain)
    cross join (values ('on'), ('on_or_after'), ('rolling')) as kinds (kind)
)

select
    expected.grain,
    expected.kind,
    cohorts.customers as in_cohorts,
    customers.customers as with_a_purchase
from expected
cross join customers
left join cohorts on expected.grain = cohorts.grain and expected.kind = cohorts.kind
where coalesce(cohorts.customers, 0) <> customers.customers
