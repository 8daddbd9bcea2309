-- The mart joins six models by customer: a join that loses or doubles a customer would show in the sum of revenue.
with found as (
    select coalesce(sum(revenue_amount), 0) as revenue_amount
    from {{ ref('customers') }}
),

expected as (
    select coalesce(sum(net_amount), 0) as revenue_amount
    from {{ ref('int_order_lines__net') }}
)

select
    found.revenue_amount as found_amount,
    expected.revenue_amount as expected_amount
from found
cross join expected
where found.revenue_amount <> expected.revenue_amount
