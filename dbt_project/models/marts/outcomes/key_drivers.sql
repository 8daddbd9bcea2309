with weights as (
    select * from {{ ref('int_key_drivers__weights') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
)

select
    weights.analysis,
    weights.scope,
    weights.outcome,
    weights.predictor,
    weights.n,
    weights.clusters as cluster_count,
    weights.predictors as predictor_count,
    {%- for column in [
        'r_squared', 'r_squared_ci_low', 'r_squared_ci_high', 'weight', 'weight_ci_low', 'weight_ci_high',
        'weight_share', 'weight_share_ci_low', 'weight_share_ci_high', 'correlation', 'coefficient',
        'coefficient_ci_low', 'coefficient_ci_high'
    ] %}
    {{ unless_suppressed('weights.' ~ column, 'weights.n', 'parameters.minimum_n') }} as {{ column }},
    {%- endfor %}
    weights.n < parameters.minimum_n as is_suppressed
from weights
cross join parameters
