with parameters as (
    select * from {{ ref('int_csi__parameters') }}
    where weight is not null
),

{% set scope = 'level, grain, period_start, dimension, dimension_value, scope' %}
-- The whole index is one scope, each block another.
scopes as (
    select
        'total' as level,
        'total' as scope,
        *
    from parameters
    union all
    select
        'block' as level,
        block as scope,
        *
    from parameters
),

importances as (
    select
        *,
        sum(importance) over (partition by {{ scope }}) as importance_sum
    from scopes
),

final as (
    select
        *,
        {{ safe_divide('importance', 'importance_sum') }} as scope_weight
    from importances
)

select
    {{ scope }},
    parameter,
    satisfaction_count,
    satisfaction_scale_min,
    satisfaction_scale_max,
    satisfaction_index_share,
    satisfaction_maximum_share,
    importance_count,
    importance_maximum_share,
    has_fixed_weight,
    importance,
    importance_sum,
    scope_weight,
    sum(scope_weight * satisfaction_index_share) over (partition by {{ scope }}) as index_share,
    sum(scope_weight * satisfaction_maximum_share) over (partition by {{ scope }}) as maximum_share
from final
where scope_weight is not null
