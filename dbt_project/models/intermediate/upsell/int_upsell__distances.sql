with windows as (
    select * from {{ ref('int_repurchase__windows') }}
    where has_different
),

new_items as (
    select * from {{ ref('int_upsell__new_items') }}
)

-- Each new item counts the same within its customer, and each customer the same in a mean of customers.
select
    windows.customer_id,
    windows.window_name,
    count(*) as new_item_count,
    avg(new_items.product_distance) as product_distance
from windows
inner join new_items
    on
        windows.customer_id = new_items.customer_id
        and (
            windows.window_days is null
            or new_items.occasion_on < {{ add_days('windows.first_purchase_on', 'windows.window_days') }}
        )
group by windows.customer_id, windows.window_name
