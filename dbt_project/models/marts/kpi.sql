with combined as (
    select * from {{ ref('int_kpis__combined') }}
),

changes as (
    select * from {{ ref('int_kpis__changes') }}
),

definitions as (
    select * from {{ ref('metric_definitions') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- The target of the satisfaction indices is a share of 1, the indices are of 100.
targets as (
    select
        definitions.metric_id,
        definitions.version,
        case when definitions.has_target then parameters.csi_target * 100 end as target
    from definitions
    cross join parameters
),

final as (
    select
        combined.metric_id,
        combined.grain,
        combined.period_start,
        combined.dimension,
        combined.dimension_value,
        combined.value,
        combined.numerator,
        combined.denominator,
        combined.n,
        combined.n_effective,
        combined.ci_low,
        combined.ci_high,
        changes.previous_value,
        changes.change,
        changes.change_ci_low,
        changes.change_ci_high,
        changes.p_value,
        changes.p_value_adjusted,
        targets.target,
        targets.target - combined.value as gap_to_target,
        combined.is_complete,
        combined.is_suppressed,
        targets.version as definition_version
    from combined
    left join changes
        on
            combined.metric_id = changes.metric_id
            and combined.grain = changes.grain
            and combined.period_start = changes.period_start
            and combined.dimension = changes.dimension
            and combined.dimension_value = changes.dimension_value
    left join targets on combined.metric_id = targets.metric_id
)

select
    metric_id,
    grain,
    period_start,
    dimension,
    dimension_value,
    value,
    numerator,
    denominator,
    n,
    n_effective,
    ci_low,
    ci_high,
    previous_value,
    change,
    change_ci_low,
    change_ci_high,
    p_value,
    p_value_adjusted,
    target,
    gap_to_target,
    is_complete,
    is_suppressed,
    definition_version
from final
