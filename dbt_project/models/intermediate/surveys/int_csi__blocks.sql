with coefficients as (
    select * from {{ ref('int_csi__coefficients') }}
),

influences as (
    select * from {{ ref('int_csi__influences') }}
),

quantiles as (
    select * from {{ ref('student_t_quantiles') }}
),

blocks as (
    select
        cell_number,
        grain,
        period_start,
        dimension,
        dimension_value,
        block,
        block_number,
        sum(weight) as weight,
        max(block_index_share) as index_share,
        max(block_maximum_share) as maximum_share,
        {{ common_value('satisfaction_scale_min', 'satisfaction_scale_max') }} as scale_min,
        {{ common_value('satisfaction_scale_max', 'satisfaction_scale_min') }} as scale_max
    from coefficients
    group by cell_number, grain, period_start, dimension, dimension_value, block, block_number
),

errors as (
    select
        cell_number,
        block_number,
        count(*) as respondent_count,
        {{ error_of_influences('block_influence') }} as index_error
    from influences
    group by cell_number, block_number
)

select
    blocks.grain,
    blocks.period_start,
    blocks.dimension,
    blocks.dimension_value,
    blocks.block,
    blocks.weight,
    blocks.index_share,
    blocks.maximum_share,
    blocks.scale_min,
    blocks.scale_max,
    errors.respondent_count,
    errors.index_error,
    {{ student_t_975('quantiles.quantile', '(errors.respondent_count - 1)') }} as quantile
from blocks
inner join errors
    on
        blocks.cell_number = errors.cell_number
        and blocks.block_number = errors.block_number
left join quantiles on quantiles.degrees_of_freedom = errors.respondent_count - 1
