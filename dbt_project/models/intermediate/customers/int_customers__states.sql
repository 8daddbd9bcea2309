with attributes as (
    select * from {{ ref('int_customers__attributes') }}
),

purchases as (
    select * from {{ ref('int_customers__purchases') }}
),

contracts as (
    select * from {{ ref('int_customers__contracts') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
)

-- The instant is the end of the as-of date: a purchase counts on it and on the days of the window before.
select
    attributes.customer_id,
    case
        when contracts.contracts_in_force_count > 0 then 'active'
        when
            purchases.last_purchase_on >= {{ add_days('parameters.as_of_date', '1 - parameters.activity_window_days') }}
            then 'active'
        when purchases.last_purchase_on is not null or contracts.customer_id is not null then 'lapsed'
        else 'prospect'
    end as customer_state
from attributes
cross join parameters
left join purchases on attributes.customer_id = purchases.customer_id
left join contracts on attributes.customer_id = contracts.customer_id
