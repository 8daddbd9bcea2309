with parameters as (
    select
        *,
        sum(importance) over (partition by cell_number) as importance_sum,
        sum(importance) over (partition by cell_number, block) as block_importance_sum,
        sum(weight * satisfaction_index_share) over (partition by cell_number) as index_share,
        sum(weight * satisfaction_maximum_share) over (partition by cell_number) as maximum_share,
        sum(block_weight * satisfaction_index_share) over (partition by cell_number, block) as block_index_share,
        sum(block_weight * satisfaction_maximum_share) over (partition by cell_number, block) as block_maximum_share
    from {{ ref('int_csi__parameters') }}
    where weight is not null
)

-- Derivatives of the weighted mean by the mean of the scores and by the mean of the importances, per answer behind these means.
-- Fixed weights do not move with the answers.
select
    cell_number,
    grain,
    period_start,
    dimension,
    dimension_value,
    block,
    dense_rank() over (order by block) as block_number,
    parameter_number,
    satisfaction_count,
    satisfaction_scale_min,
    satisfaction_scale_max,
    satisfaction_index_share,
    satisfaction_maximum_share,
    coalesce(importance_maximum_share, 0) as importance_maximum_share,
    weight,
    importance_sum,
    block_importance_sum,
    index_share,
    maximum_share,
    block_index_share,
    block_maximum_share,
    {%- for slope, sum, distance in [
        ('index_importance_slope', 'importance_sum', 'satisfaction_index_share - index_share'),
        ('maximum_importance_slope', 'importance_sum', 'satisfaction_maximum_share - maximum_share'),
        ('block_importance_slope', 'block_importance_sum', 'satisfaction_index_share - block_index_share'),
    ] %}
    case
        when has_fixed_weight then 0
        else coalesce({{ safe_divide(distance, sum ~ ' * importance_count') }}, 0)
    end as {{ slope }},
    {%- endfor %}
    weight / satisfaction_count as score_slope,
    block_weight / satisfaction_count as block_score_slope
from parameters
