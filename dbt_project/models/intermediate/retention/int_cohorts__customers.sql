with occasions as (
    select * from {{ ref('int_purchase_occasions') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

purchases as (
    select
        customer_id,
        min(occasion_on) as first_purchase_on,
        max(occasion_on) as last_purchase_on
    from occasions
    group by customer_id
)

-- The as-of date itself has passed: n days make a window that began on the first of them.
select
    purchases.customer_id,
    purchases.first_purchase_on,
    purchases.last_purchase_on,
    cast(floor(
        {{ safe_divide(
            days_between('purchases.first_purchase_on', 'parameters.as_of_date') ~ ' + 1', 'parameters.rolling_days'
        ) }}
    ) as integer) as passed_window_count
from purchases
cross join parameters
