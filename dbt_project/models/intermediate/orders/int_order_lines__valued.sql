{{ config(materialized='incremental', incremental_strategy='replace_touched_customers') }}

with orders as (
    select * from {{ ref('stg_orders') }}
    where {{ is_touched('customer_id') }}
),

order_lines as (
    select * from {{ ref('stg_order_lines') }}
),

fx_rates as (
    select * from {{ ref('stg_fx_rates') }}
),

valid_statuses as (
    select * from {{ source('control', 'valid_statuses') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- The rate is null for company currency alone; a missing one leaves amounts null, which a test turns into an error.
valid_orders as (
    select
        orders.*,
        orders.currency is null or orders.currency = parameters.currency as is_company_currency,
        fx_rates.rate
    from orders
    inner join valid_statuses on orders.status = valid_statuses.status
    cross join parameters
    left join fx_rates
        on
            orders.currency = fx_rates.currency
            and orders.business_day = fx_rates.rate_on
            and orders.currency <> parameters.currency
),

signed as (
    select
        valid_orders.*,
        order_lines.line_no,
        order_lines.product_id,
        order_lines.unit_cost,
        order_lines.returned_order_id,
        order_lines.offer_type,
        coalesce(order_lines.is_return, false) or order_lines.quantity < 0 as is_return,
        order_lines.quantity,
        order_lines.net_amount
    from valid_orders
    inner join order_lines on valid_orders.order_id = order_lines.order_id
),

final as (
    select
        *,
        case when is_return then abs(quantity) else quantity end as absolute_quantity,
        {{ in_company_currency('case when is_return then abs(net_amount) else net_amount end') }} as absolute_amount,
        {{ in_company_currency('unit_cost') }} as converted_unit_cost
    from signed
)

select
    order_id,
    line_no,
    customer_id,
    product_id,
    ordered_at,
    business_day as ordered_on,
    is_return,
    returned_order_id,
    absolute_quantity as quantity,
    absolute_amount as amount,
    converted_unit_cost as unit_cost,
    offer_type,
    channel,
    employee_id,
    location_id
from final
