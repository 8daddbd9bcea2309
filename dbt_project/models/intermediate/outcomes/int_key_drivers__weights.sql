with weights as (
    select * from {{ source('analysis', 'relative_weights') }}
)

select
    analysis,
    scope,
    outcome,
    predictor,
    n,
    clusters,
    predictors,
    r_squared,
    r_squared_ci_low,
    r_squared_ci_high,
    weight,
    weight_ci_low,
    weight_ci_high,
    weight_share,
    weight_share_ci_low,
    weight_share_ci_high,
    correlation,
    coefficient,
    coefficient_ci_low,
    coefficient_ci_high
from weights
