with pairs as (
    select * from {{ ref('int_affinity__pairs') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
)

select
    pairs.from_product_id,
    pairs.to_product_id,
    pairs.n,
    pairs.all_customer_count,
    {%- for column in ['from_customer_count', 'to_customer_count'] %}
    case when pairs.n >= parameters.minimum_n then pairs.{{ column }} end as {{ column }},
    {%- endfor %}
    {%- for expression, name in [
        ('pairs.support', 'support'),
        ('pairs.confidence', 'confidence'),
        ('pairs.ci_low', 'confidence_ci_low'),
        ('pairs.ci_high', 'confidence_ci_high'),
        ('pairs.lift', 'lift'),
    ] %}
    {{ unless_suppressed(expression, 'pairs.n', 'parameters.minimum_n') }} as {{ name }},
    {%- endfor %}
    pairs.n < parameters.minimum_n as is_suppressed
from pairs
cross join parameters
