{%- set cuts = var('abc_cuts', {'A': 0.80, 'B': 0.95}) -%}

with purchases as (
    select * from {{ ref('int_customers__purchases') }}
    where trailing_year_revenue_amount > 0
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
    customer_id,
    case
        when larger_revenue_amount < {{ cuts['A'] }} * total_revenue_amount then 'A'
        when larger_revenue_amount < {{ cuts['B'] }} * total_revenue_amount then 'B'
        else 'C'
    end as abc_group
from accumulated
