-- METRICS 3.1: customers = one-time + multi, and whoever came back bought the same, something different, or both. The second
-- half holds where a thing that is not `different` is `the same`: at one level, or with the finer one for what is different.
with windows as (
    select * from {{ ref('int_repurchase__windows') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
)

select
    windows.customer_id,
    windows.window_name
from windows
cross join parameters
where
    windows.is_one_time = windows.is_multi
    or (windows.is_one_time and (windows.has_repeat_same or windows.has_different))
    or (
        windows.is_multi and not windows.has_repeat_same and not windows.has_different
        and (parameters.repurchase_level = parameters.upsell_level or parameters.upsell_level = 'product')
    )
