with purchases as (
    select * from {{ ref('int_customers__purchases') }}
    where trailing_year_revenue_amount > 0
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- Who has the same revenue stands in the same group, so that it does not hang on the order of rows.
accumulated as (
    select
        customer_id,
        trailing_year_revenue_amount,
        sum(trailing_year_revenue_amount) over (order by trailing_year_revenue_amount desc)
        - sum(trailing_year_revenue_amount) over (partition by trailing_year_revenue_amount) as larger_revenue_amount,
        sum(trailing_year_revenue_amount) over () as total_revenue_amount
    from purchases
)

select
    accumulated.customer_id,
    {{ abc_group('accumulated.larger_revenue_amount', 'accumulated.total_revenue_amount') }} as abc_group
from accumulated
cross join parameters
