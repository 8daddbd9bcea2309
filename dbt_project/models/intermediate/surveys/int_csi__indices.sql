with coefficients as (
    select * from {{ ref('int_csi__coefficients') }}
),

influences as (
    select * from {{ ref('int_csi__influences') }}
),

occasion_cells as (
    select * from {{ ref('int_csi__occasion_cells') }}
),

quantiles as (
    select * from {{ ref('student_t_quantiles') }}
),

indices as (
    select
        cell_number,
        grain,
        period_start,
        dimension,
        dimension_value,
        max(importance_sum) as importance_sum,
        max(index_share) as index_share,
        max(maximum_share) as maximum_share,
        {{ common_value('satisfaction_scale_min', 'satisfaction_scale_max') }} as scale_min,
        {{ common_value('satisfaction_scale_max', 'satisfaction_scale_min') }} as scale_max
    from coefficients
    group by cell_number, grain, period_start, dimension, dimension_value
),

respondents as (
    select
        cell_number,
        respondent_number,
        sum(index_influence) as index_influence,
        sum(maximum_influence) as maximum_influence
    from influences
    group by cell_number, respondent_number
),

errors as (
    select
        cell_number,
        count(*) as respondent_count,
        {{ error_of_influences('index_influence') }} as index_error,
        {{ error_of_influences('maximum_influence') }} as maximum_error
    from respondents
    group by cell_number
),

own_indices as (
    select
        cell_number,
        {{ safe_divide('sum(own_weighted_share)', 'sum(own_weight)') }} as own_index_share
    from occasion_cells
    group by cell_number, respondent_number
),

own_errors as (
    select
        cell_number,
        count(own_index_share) as own_index_count,
        avg(own_index_share) as own_index_share,
        {{ significant('sqrt(var_samp(own_index_share) / nullif(count(own_index_share), 0))') }} as own_index_error
    from own_indices
    group by cell_number
)

select
    indices.grain,
    indices.period_start,
    indices.dimension,
    indices.dimension_value,
    indices.importance_sum,
    indices.index_share,
    indices.maximum_share,
    indices.scale_min,
    indices.scale_max,
    errors.respondent_count,
    errors.index_error,
    errors.maximum_error,
    {{ student_t_975('quantiles.quantile', '(errors.respondent_count - 1)') }} as quantile,
    own_errors.own_index_count,
    own_errors.own_index_share,
    own_errors.own_index_error,
    {{ student_t_975('own_quantiles.quantile', '(own_errors.own_index_count - 1)') }} as own_index_quantile
from indices
inner join errors on indices.cell_number = errors.cell_number
inner join own_errors on indices.cell_number = own_errors.cell_number
left join quantiles on quantiles.degrees_of_freedom = errors.respondent_count - 1
left join quantiles as own_quantiles on own_quantiles.degrees_of_freedom = own_errors.own_index_count - 1
