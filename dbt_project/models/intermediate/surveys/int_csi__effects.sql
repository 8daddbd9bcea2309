with changes as (
    select * from {{ ref('int_csi__parameter_changes') }}
),

{% set cell = 'grain, period_number, dimension, dimension_value' %}
means as (
    select
        *,
        (coalesce(weight, 0) + coalesce(previous_weight, 0)) / 2 as mean_weight,
        (coalesce(importance, 0) + coalesce(previous_importance, 0)) / 2 as mean_importance,
        (coalesce(score, previous_score) + coalesce(previous_score, score)) / 2 as mean_score,
        (sum(weight * score) over parameters + sum(previous_weight * previous_score) over parameters) / 2 as mean_index,
        sum(importance) over parameters as importance_sum,
        sum(previous_importance) over parameters as previous_importance_sum,
        (sum(importance) over parameters + sum(previous_importance) over parameters) / 2 as mean_importance_sum,
        sum(importance_change_within) over parameters as importance_sum_change_within,
        sum(importance_change_of_mix) over parameters as importance_sum_change_of_mix
    from changes
    window parameters as (partition by {{ cell }})
),

-- A weight is importance over the sum of importances. Its change is exactly linear in what changed the importances: the change
-- at the mean of both reciprocal sums, less the mean importance times the change of the sum over the product of both sums.
weights as (
    select
        {%- for part in ['within', 'of_mix'] %}
        (mean_importance_sum * importance_change_{{ part }} - mean_importance * importance_sum_change_{{ part }})
        / (importance_sum * previous_importance_sum) as weight_change_{{ part }},
        {%- endfor %}
        *
    from means
),

effects as (
    select
        *,
        100 * mean_weight * score_change_within as performance_effect,
        100 * (mean_score - mean_index) * weight_change_within as importance_effect,
        100 * (mean_weight * score_change_of_mix + (mean_score - mean_index) * weight_change_of_mix) as mix_effect
    from weights
)

select
    {{ cell }},
    group_dimension,
    'parameter' as level,
    block,
    parameter,
    cast(n as bigint) as n,
    cast(previous_n as bigint) as previous_n,
    least(coalesce(n, previous_n), coalesce(previous_n, n)) as least_n,
    weight,
    previous_weight,
    100 * score as csi_index,
    100 * previous_score as previous_csi_index,
    performance_effect,
    importance_effect,
    mix_effect
from effects
union all
select
    {{ cell }},
    group_dimension,
    'total' as level,
    'total' as block,
    'total' as parameter,
    null as n,
    null as previous_n,
    null as least_n,
    1.0 as weight,
    1.0 as previous_weight,
    100 * sum(weight * score) as csi_index,
    100 * sum(previous_weight * previous_score) as previous_csi_index,
    sum(performance_effect) as performance_effect,
    sum(importance_effect) as importance_effect,
    sum(mix_effect) as mix_effect
from effects
group by {{ cell }}, group_dimension
