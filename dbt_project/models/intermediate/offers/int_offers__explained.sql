with choices as (
    select * from {{ ref('int_offers__choices') }}
),

pairs as (
    select * from {{ ref('int_offers__pairs') }}
),

holdings as (
    select * from {{ ref('int_offers__holdings') }}
),

products as (
    select * from {{ ref('int_affinity__products') }}
),

customers as (
    select * from {{ ref('int_affinity__customers') }}
),

-- Of several products that speak for an offer equally strongly, the first by its id does.
reasons as (
    select
        choices.*,
        pairs.from_product_number,
        pairs.n,
        pairs.lift,
        pairs.confidence,
        pairs.unit_price,
        holdings.budget_amount
    from choices
    inner join pairs
        on choices.to_product_number = pairs.to_product_number and choices.strength = pairs.strength
    inner join holdings
        on
            choices.customer_number = holdings.customer_number
            and pairs.from_product_number = holdings.product_number
    qualify row_number() over (
        partition by choices.customer_number, choices.to_product_number order by pairs.from_product_number
    ) = 1
)

select
    customers.customer_id,
    reasons.offer_rank,
    offered.product_id,
    because.product_id as because_product_id,
    reasons.n,
    reasons.lift,
    reasons.confidence,
    reasons.strength,
    reasons.unit_price,
    reasons.budget_amount,
    coalesce(owned.is_due_again, false) as is_due_again,
    owned.last_bought_on,
    owned.usual_interval_days
from reasons
inner join customers on reasons.customer_number = customers.customer_number
inner join products as offered on reasons.to_product_number = offered.product_number
inner join products as because on reasons.from_product_number = because.product_number
left join holdings as owned
    on reasons.customer_number = owned.customer_number and reasons.to_product_number = owned.product_number
