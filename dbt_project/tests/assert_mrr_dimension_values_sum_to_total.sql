-- Along each dimension the values must add up to the total: a customer in no segment, or in two, would make revenue vanish or double.
with movements as (
    select * from {{ ref('mrr_movements') }}
),

sums as (
    select
        dimension,
        period_start,
        {%- for movement in recurring_revenue_movements() %}
        sum({{ movement }}_amount) as {{ movement }}_amount,
        {%- endfor %}
        sum(start_mrr_amount) as start_mrr_amount,
        sum(end_mrr_amount) as end_mrr_amount
    from movements
    where dimension <> 'total'
    group by dimension, period_start
)

select sums.*
from sums
inner join movements as totals on totals.dimension = 'total' and sums.period_start = totals.period_start
where
    sums.start_mrr_amount <> totals.start_mrr_amount
    {%- for movement in recurring_revenue_movements() %}
    or sums.{{ movement }}_amount <> totals.{{ movement }}_amount
    {%- endfor %}
    or sums.end_mrr_amount <> totals.end_mrr_amount
