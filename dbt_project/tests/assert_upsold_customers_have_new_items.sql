-- Who was upsold is found twice, by the days that decide and by the items themselves; both ways must name the same customers.
with windows as (
    select
        customer_id,
        window_name
    from {{ ref('int_repurchase__windows') }}
    where has_different
),

new_items as (
    select distinct
        windows.customer_id,
        windows.window_name
    from {{ ref('int_repurchase__windows') }} as windows
    inner join {{ ref('int_upsell__new_items') }} as items
        on
            windows.customer_id = items.customer_id
            and (
                windows.window_days is null
                or items.occasion_on < {{ add_days('windows.first_purchase_on', 'windows.window_days') }}
            )
)

select
    coalesce(windows.customer_id, new_items.customer_id) as customer_id,
    coalesce(windows.window_name, new_items.window_name) as window_name
from windows
full outer join new_items on windows.customer_id = new_items.customer_id and windows.window_name = new_items.window_name
where windows.customer_id is null or new_items.customer_id is null
