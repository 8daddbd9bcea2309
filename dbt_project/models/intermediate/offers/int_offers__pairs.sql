with pairs as (
    select * from {{ ref('int_affinity__pairs') }}
),

prices as (
    select * from {{ ref('int_product_prices') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

relevant as (
    select
        pairs.from_product_number,
        pairs.to_product_number,
        pairs.n,
        pairs.lift,
        pairs.confidence,
        pairs.lift * pairs.confidence as strength,
        prices.unit_price
    from pairs
    inner join prices on pairs.to_product_id = prices.product_id
    cross join parameters
    where pairs.lift > 1 and pairs.n >= parameters.minimum_n
)

select
    from_product_number,
    to_product_number,
    n,
    lift,
    confidence,
    strength,
    unit_price,
    row_number() over (partition by from_product_number order by strength desc, to_product_number asc) as strength_rank
from relevant
