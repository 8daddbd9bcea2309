-- Start + new + reactivation + expansion - contraction - churn must be the end: a movement that is classified twice or not at all
-- would break the bridge without making any single number look wrong.
with movements as (
    select * from {{ ref('mrr_movements') }}
)

select *
from movements
where
    start_mrr_amount + new_amount + reactivation_amount + expansion_amount - contraction_amount - churn_amount
    <> end_mrr_amount
    or start_customer_count + new_customer_count + reactivation_customer_count - churn_customer_count
    <> end_customer_count
