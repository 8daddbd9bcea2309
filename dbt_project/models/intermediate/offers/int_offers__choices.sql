with holdings as (
    select * from {{ ref('int_offers__holdings') }}
),

pairs as (
    select * from {{ ref('int_offers__pairs') }}
),

first_choices as (
    select * from {{ ref('int_offers__first_choices') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- The strength that a further pair must reach to be among a customer's offers: that of the last one, if there are enough.
thresholds as (
    select
        first_choices.customer_number,
        min(first_choices.strength) as strength
    from first_choices
    cross join parameters
    group by first_choices.customer_number, parameters.offers_per_customer
    having count(*) = parameters.offers_per_customer
),

-- Only the products whose next pair reaches it are gone through to the end, and these are few.
unfinished as (
    select
        holdings.customer_number,
        holdings.product_number,
        holdings.budget_amount,
        coalesce(thresholds.strength, 0) as threshold
    from holdings
    inner join pairs
        on holdings.product_number = pairs.from_product_number and pairs.strength_rank = {{ strongest_pairs() + 1 }}
    left join thresholds on holdings.customer_number = thresholds.customer_number
    where pairs.strength >= coalesce(thresholds.strength, 0)
),

further as (
    select
        unfinished.customer_number,
        pairs.to_product_number,
        max(pairs.strength) as strength
    from unfinished
    inner join pairs
        on
            unfinished.product_number = pairs.from_product_number
            and unfinished.budget_amount >= pairs.unit_price
            and unfinished.threshold <= pairs.strength
    where pairs.strength_rank > {{ strongest_pairs() }}
    group by unfinished.customer_number, pairs.to_product_number
),

useful_further as (
    select further.*
    from further
    left join holdings as owned
        on
            further.customer_number = owned.customer_number
            and further.to_product_number = owned.product_number
    where coalesce(owned.is_due_again, true)
),

combined as (
    select
        customer_number,
        to_product_number,
        strength
    from first_choices
    union all
    select
        customer_number,
        to_product_number,
        strength
    from useful_further
),

best as (
    select
        customer_number,
        to_product_number,
        max(strength) as strength
    from combined
    group by customer_number, to_product_number
),

ranked as (
    select
        *,
        row_number() over (partition by customer_number order by strength desc, to_product_number asc) as offer_rank
    from best
)

select
    ranked.customer_number,
    ranked.to_product_number,
    ranked.strength,
    cast(ranked.offer_rank as integer) as offer_rank
from ranked
cross join parameters
where ranked.offer_rank <= parameters.offers_per_customer
