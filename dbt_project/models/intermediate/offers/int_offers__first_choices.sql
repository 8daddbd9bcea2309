with holdings as (
    select * from {{ ref('int_offers__holdings') }}
),

pairs as (
    select * from {{ ref('int_offers__pairs') }}
    where strength_rank <= {{ strongest_pairs() }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

affordable as (
    select
        holdings.customer_number,
        pairs.to_product_number,
        max(pairs.strength) as strength
    from holdings
    inner join pairs
        on holdings.product_number = pairs.from_product_number and holdings.budget_amount >= pairs.unit_price
    group by holdings.customer_number, pairs.to_product_number
),

useful as (
    select
        affordable.*,
        row_number() over (
            partition by affordable.customer_number order by affordable.strength desc, affordable.to_product_number asc
        ) as offer_rank
    from affordable
    left join holdings as owned
        on
            affordable.customer_number = owned.customer_number
            and affordable.to_product_number = owned.product_number
    where coalesce(owned.is_due_again, true)
)

select
    useful.customer_number,
    useful.to_product_number,
    useful.strength,
    useful.offer_rank
from useful
cross join parameters
where useful.offer_rank <= parameters.offers_per_customer
