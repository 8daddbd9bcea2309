with indices as (
    select * from {{ ref('int_kpi__csi') }}
    where grain = 'month' and dimension = 'employee' and dimension_value <> 'unknown'
),

periods as (
    select * from {{ ref('int_periods') }}
    where grain = 'month'
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

months as (
    select
        indices.dimension_value as employee_id,
        periods.period_number,
        periods.period_start as month_start,
        max(case when indices.metric_id = 'csi_index' then indices.n end) as respondent_count,
        {%- for column in ['value', 'numerator', 'denominator', 'ci_low', 'ci_high', 'standard_error'] %}
        max(case when indices.metric_id = 'csi_index' then indices.{{ column }} end) as index_{{ column }},
        {%- endfor %}
        max(case when indices.metric_id = 'csi_score' then indices.value end) as score,
        max(case when indices.metric_id = 'csi_percent_of_max' then indices.value end) as percent_of_max,
        periods.is_complete
    from indices
    inner join periods on indices.period_start = periods.period_start
    group by indices.dimension_value, periods.period_number, periods.period_start, periods.is_complete
),

-- A value that is suppressed must not come back through a difference.
visible as (
    select months.*
    from months
    cross join parameters
    where months.respondent_count >= parameters.minimum_n
),

changes as (
    select
        visible.employee_id,
        visible.month_start,
        before.index_value as previous_index,
        visible.index_value - before.index_value as index_change,
        {{ normal_975() }} * sqrt(
            visible.index_standard_error * visible.index_standard_error
            + before.index_standard_error * before.index_standard_error
        ) as half_width
    from visible
    inner join visible as before
        on
            visible.employee_id = before.employee_id
            and visible.period_number = before.period_number + 1
)

select
    months.employee_id,
    months.month_start,
    cast(months.respondent_count as bigint) as n,
    cast(visible.index_value as double) as csi_index,
    cast(visible.index_numerator as double) as csi_index_numerator,
    cast(visible.index_denominator as double) as csi_index_denominator,
    cast(visible.index_ci_low as double) as csi_index_ci_low,
    cast(visible.index_ci_high as double) as csi_index_ci_high,
    cast(visible.score as double) as csi_score,
    cast(visible.percent_of_max as double) as csi_percent_of_max,
    cast(changes.previous_index as double) as previous_csi_index,
    cast(changes.index_change as double) as csi_index_change,
    cast(changes.index_change - changes.half_width as double) as csi_index_change_ci_low,
    cast(changes.index_change + changes.half_width as double) as csi_index_change_ci_high,
    cast(100 * parameters.csi_target as double) as target,
    cast(100 * parameters.csi_target - visible.index_value as double) as gap_to_target,
    months.is_complete,
    visible.employee_id is null as is_suppressed
from months
left join visible
    on
        months.employee_id = visible.employee_id
        and months.month_start = visible.month_start
left join changes
    on
        months.employee_id = changes.employee_id
        and months.month_start = changes.month_start
cross join parameters
