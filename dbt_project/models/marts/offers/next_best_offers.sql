with explained as (
    select * from {{ ref('int_offers__explained') }}
)

select
    customer_id,
    offer_rank,
    product_id,
    because_product_id,
    n,
    lift,
    confidence,
    strength as offer_strength,
    unit_price,
    budget_amount,
    is_due_again,
    last_bought_on,
    usual_interval_days
from explained
