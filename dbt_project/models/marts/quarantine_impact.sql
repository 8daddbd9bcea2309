with ranges as (
    select * from {{ ref('int_quarantined_answers__ranges') }}
),

kpi as (
    select * from {{ ref('kpi') }}
    where dimension = 'total'
),

periods as (
    select * from {{ ref('int_periods') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
)

-- The ends of the range would give a hidden value away.
select
    ranges.metric_id,
    ranges.grain,
    ranges.period_start,
    'total' as dimension,
    'total' as dimension_value,
    kpi.value,
    coalesce(kpi.n, 0) as n,
    ranges.quarantined_count,
    ranges.unplaced_count,
    {{ unless_suppressed('ranges.lowest_value', 'coalesce(kpi.n, 0)', 'parameters.minimum_n') }} as lowest_value,
    {{ unless_suppressed('ranges.highest_value', 'coalesce(kpi.n, 0)', 'parameters.minimum_n') }} as highest_value,
    periods.is_complete,
    coalesce(kpi.n, 0) < parameters.minimum_n as is_suppressed
from ranges
cross join parameters
inner join periods
    on
        ranges.grain = periods.grain
        and ranges.period_start = periods.period_start
left join kpi
    on
        ranges.metric_id = kpi.metric_id
        and ranges.grain = kpi.grain
        and ranges.period_start = kpi.period_start
