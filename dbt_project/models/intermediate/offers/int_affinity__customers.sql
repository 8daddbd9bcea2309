with purchase_products as (
    select * from {{ ref('int_purchase_products') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

stretches as (
    select
        purchase_products.customer_id,
        count(*) as purchase_count
    from purchase_products
    cross join parameters
    group by
        purchase_products.customer_id,
        floor(
            cast({{ days_between("cast('2000-01-01' as date)", 'purchase_products.occasion_on') }} as double)
            / parameters.affinity_window_days
        )
)

select
    customer_id,
    cast(row_number() over (order by customer_id) as integer) as customer_number
from stretches
group by customer_id
having max(purchase_count) <= {{ most_purchases_of_a_person() }}
