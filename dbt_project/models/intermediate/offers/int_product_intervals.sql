{{ config(materialized='incremental', incremental_strategy='replace_touched_customers') }}

with purchase_products as (
    select * from {{ ref('int_purchase_products') }}
    where {{ is_touched('customer_id') }}
),

-- Where each order is an occasion of its own, a day may hold several: they are one purchase here.
purchase_days as (
    select distinct
        customer_id,
        product_id,
        occasion_on
    from purchase_products
),

with_previous as (
    select
        *,
        lag(occasion_on) over (partition by customer_id, product_id order by occasion_on) as previous_on
    from purchase_days
)

select
    customer_id,
    product_id,
    occasion_on as bought_on,
    cast({{ days_between('previous_on', 'occasion_on') }} as integer) as interval_days
from with_previous
where previous_on is not null
