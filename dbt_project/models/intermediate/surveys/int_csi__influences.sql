with occasion_cells as (
    select * from {{ ref('int_csi__occasion_cells') }}
),

occasions as (
    select * from {{ ref('int_csi__occasions') }}
),

coefficients as (
    select * from {{ ref('int_csi__coefficients') }}
),

residuals as (
    select
        occasion_cells.cell_number,
        occasion_cells.respondent_number,
        coefficients.block_number,
        coefficients.score_slope,
        coefficients.block_score_slope,
        coefficients.index_importance_slope,
        coefficients.maximum_importance_slope,
        coefficients.block_importance_slope,
        occasions.index_share_sum
        - occasions.satisfaction_count * coefficients.satisfaction_index_share as index_residual,
        occasions.maximum_share_sum - occasions.satisfaction_count * coefficients.satisfaction_maximum_share
            as maximum_residual,
        occasions.importance_sum
        - occasions.importance_count * coefficients.importance_maximum_share as importance_residual
    from occasion_cells
    inner join occasions on occasion_cells.occasion_number = occasions.occasion_number
    inner join coefficients
        on
            occasion_cells.cell_number = coefficients.cell_number
            and occasions.parameter_number = coefficients.parameter_number
)

select
    cell_number,
    block_number,
    respondent_number,
    sum(score_slope * index_residual + index_importance_slope * importance_residual) as index_influence,
    sum(score_slope * maximum_residual + maximum_importance_slope * importance_residual) as maximum_influence,
    sum(block_score_slope * index_residual + block_importance_slope * importance_residual) as block_influence
from residuals
group by cell_number, block_number, respondent_number
