-- A product bought in an order is one conversion, however many lines it stands on: a lost join, or one that multiplies, shows here.
with bought as (
    select
        order_id,
        product_id,
        sum(net_amount) as net_amount
    from {{ ref('int_order_lines__net') }}
    where is_purchase
    group by order_id, product_id
),

expected as (
    select
        count(*) as conversion_count,
        coalesce(sum(net_amount), 0) as net_amount
    from bought
),

found as (
    select
        count(*) as conversion_count,
        coalesce(sum(net_amount), 0) as net_amount
    from {{ ref('int_order_conversions') }}
)

select
    expected.conversion_count as expected_count,
    found.conversion_count as found_count,
    expected.net_amount as expected_amount,
    found.net_amount as found_amount
from expected
cross join found
where expected.conversion_count <> found.conversion_count or expected.net_amount <> found.net_amount
