with parameters as (
    select
        *,
        count(importance) over cell as weighed_count,
        avg(importance) over cell as mean_importance,
        avg(case when importance is not null then satisfaction_index_share end) over cell as mean_index_share
    from {{ ref('int_csi__parameters') }}
    where satisfaction_count > 0
    window cell as (partition by cell_number)
),

blocks as (
    select * from {{ ref('int_csi__blocks') }}
),

quantiles as (
    select * from {{ ref('student_t_quantiles') }}
)

select
    parameters.grain,
    parameters.period_start,
    parameters.dimension,
    parameters.dimension_value,
    'parameter' as level,
    parameters.block,
    parameters.parameter,
    least(
        parameters.satisfaction_count,
        case
            when parameters.importance_count > 0 then parameters.importance_count else parameters.satisfaction_count
        end
    ) as n,
    parameters.importance_count,
    parameters.importance_maximum_share,
    parameters.importance_scale_max,
    parameters.weight,
    parameters.satisfaction_index_share as index_share,
    parameters.satisfaction_maximum_share as maximum_share,
    parameters.satisfaction_scale_min as scale_min,
    parameters.satisfaction_scale_max as scale_max,
    parameters.satisfaction_standard_error as index_error,
    {{ student_t_975('quantiles.quantile', '(parameters.satisfaction_count - 1)') }} as quantile,
    -- A parameter at the mean counts as above it; the margin keeps rounding from deciding.
    case
        when parameters.importance is null or parameters.weighed_count < 2 then null
        when parameters.importance >= parameters.mean_importance - 1e-9
            then case
                when parameters.satisfaction_index_share >= parameters.mean_index_share - 1e-9 then 'keep_up'
                else 'concentrate_here'
            end
        when parameters.satisfaction_index_share >= parameters.mean_index_share - 1e-9 then 'possible_overkill'
        else 'low_priority'
    end as quadrant
from parameters
left join quantiles on quantiles.degrees_of_freedom = parameters.satisfaction_count - 1
union all
select
    grain,
    period_start,
    dimension,
    dimension_value,
    'block' as level,
    block,
    'total' as parameter,
    respondent_count as n,
    null as importance_count,
    null as importance_maximum_share,
    null as importance_scale_max,
    weight,
    index_share,
    maximum_share,
    scale_min,
    scale_max,
    index_error,
    quantile,
    null as quadrant
from blocks
