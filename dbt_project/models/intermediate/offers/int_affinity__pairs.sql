with purchases as (
    select
        purchases.*,
        parameters.affinity_window_days,
        cast(floor(cast(purchases.day_number as double) / parameters.affinity_window_days) as integer) as window_number
    from {{ ref('int_affinity__purchases') }} as purchases
    cross join {{ source('control', 'run_parameters') }} as parameters
),

-- What is bought within the window lies in the same stretch of so many days or in the next, so that an equality joins it: a
-- customer's purchases of years are never held against each other.
anchors as (
    select
        *,
        window_number as joined_window_number
    from purchases
    union all
    select
        *,
        window_number + 1 as joined_window_number
    from purchases
),

counted as (
    select
        anchors.product_number as from_product_number,
        followers.product_number as to_product_number,
        count(distinct anchors.customer_number) as customer_count
    from anchors
    inner join purchases as followers
        on
            anchors.customer_number = followers.customer_number
            and anchors.joined_window_number = followers.window_number
            and anchors.occasion_number <= followers.occasion_number
            and anchors.day_number + anchors.affinity_window_days >= followers.day_number
            and anchors.product_number <> followers.product_number
    group by anchors.product_number, followers.product_number
),

products as (
    select * from {{ ref('int_affinity__products') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
)

select
    counted.from_product_number,
    counted.to_product_number,
    from_products.product_id as from_product_id,
    to_products.product_id as to_product_id,
    counted.customer_count as n,
    from_products.customer_count as from_customer_count,
    to_products.customer_count as to_customer_count,
    from_products.all_customer_count,
    {{ safe_divide('counted.customer_count', 'from_products.all_customer_count') }} as support,
    {{ safe_divide('counted.customer_count', 'from_products.customer_count') }} as confidence,
    {{ wilson_low('counted.customer_count', 'from_products.customer_count') }} as ci_low,
    {{ wilson_high('counted.customer_count', 'from_products.customer_count') }} as ci_high,
    {{ safe_divide(
        'counted.customer_count * from_products.all_customer_count',
        'from_products.customer_count * to_products.customer_count'
    ) }} as lift
from counted
inner join products as from_products on counted.from_product_number = from_products.product_number
inner join products as to_products on counted.to_product_number = to_products.product_number
cross join parameters
where counted.customer_count >= parameters.affinity_minimum_n
