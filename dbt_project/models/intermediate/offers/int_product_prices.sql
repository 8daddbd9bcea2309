with products as (
    select * from {{ ref('stg_products') }}
),

lines as (
    select * from {{ ref('int_order_lines__net') }}
    where is_purchase
),

listed as (
    select
        product_id,
        list_price
    from products
    where list_price is not null
),

unlisted_lines as (
    select lines.*
    from lines
    left join listed on lines.product_id = listed.product_id
    where listed.product_id is null
),

-- Two steps instead of one window over all lines: only those of a product's last moment need an order.
last_moments as (
    select
        product_id,
        max(ordered_at) as ordered_at
    from unlisted_lines
    group by product_id
),

last_lines as (
    select
        lines.product_id,
        {{ safe_divide('lines.net_amount', 'lines.net_quantity') }} as unit_price
    from unlisted_lines as lines
    inner join last_moments
        on lines.product_id = last_moments.product_id and lines.ordered_at = last_moments.ordered_at
    qualify row_number() over (partition by lines.product_id order by lines.order_id desc, lines.line_no desc) = 1
)

select
    product_id,
    cast(list_price as decimal(18, 4)) as unit_price
from listed
union all
select
    product_id,
    cast({{ rounded('unit_price', 4) }} as decimal(18, 4)) as unit_price
from last_lines
