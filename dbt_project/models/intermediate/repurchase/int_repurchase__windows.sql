with milestones as (
    select * from {{ ref('int_repurchase__milestones') }}
),

configured_windows as (
    select * from {{ source('control', 'repurchase_windows') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

windows as (
    select distinct
        cast(window_days as integer) as window_days,
        cast(window_days as {{ dbt.type_string() }}) as window_name
    from configured_windows
    union all
    select
        cast(null as integer) as window_days,
        'lifetime' as window_name
    from parameters
),

-- A window is [first purchase, first purchase + days); lifetime ends with the as-of date.
observed as (
    select
        milestones.*,
        windows.window_days,
        windows.window_name,
        {{ add_days('parameters.as_of_date', 1) }} as observed_until,
        case
            when windows.window_days is null then {{ add_days('parameters.as_of_date', 1) }}
            else {{ add_days('milestones.first_purchase_on', 'windows.window_days') }}
        end as window_end
    from milestones
    cross join windows
    cross join parameters
),

final as (
    select
        *,
        coalesce(second_purchase_on < window_end, false) as is_multi
    from observed
)

select
    customer_id,
    window_days,
    window_name,
    first_purchase_on,
    window_end <= observed_until as is_mature,
    not is_multi as is_one_time,
    is_multi,
    coalesce(first_repeat_on < window_end, false) as has_repeat_same,
    coalesce(first_different_on < window_end, false) as has_different
from final
