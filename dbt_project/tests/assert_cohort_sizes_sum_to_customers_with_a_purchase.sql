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
    from (
        select 'week' as grain union all select 'month' as grain union all select 'quarter' as grain
    ) as grains
    cross join (
        select 'on' as kind union all select 'on_or_after' as kind union all select 'rolling' as kind
    ) as kinds
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
