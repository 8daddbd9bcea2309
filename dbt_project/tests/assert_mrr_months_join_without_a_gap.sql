-- Each month must start where the month before ended, and no month may be missing after the first: revenue that appears between two
-- months would belong to no movement.
with movements as (
    select * from {{ ref('mrr_movements') }}
),

sequenced as (
    select
        period_start,
        dimension,
        dimension_value,
        start_mrr_amount,
        start_customer_count,
        lag(period_end) over (partition by dimension, dimension_value order by period_start) as previous_period_end,
        lag(end_mrr_amount)
            over (partition by dimension, dimension_value order by period_start)
            as previous_end_mrr_amount,
        lag(end_customer_count)
            over (partition by dimension, dimension_value order by period_start)
            as previous_end_customer_count
    from movements
)

select *
from sequenced
where
    period_start <> previous_period_end
    or start_mrr_amount <> coalesce(previous_end_mrr_amount, 0)
    or start_customer_count <> coalesce(previous_end_customer_count, 0)
