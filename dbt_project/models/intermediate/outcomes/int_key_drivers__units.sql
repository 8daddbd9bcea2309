with drivers as (
    select * from {{ ref('stg_unit_drivers') }}
),

starts as (
    select distinct
        unit_kind,
        period_start
    from drivers
),

-- A figure is of the days from its period's start to that of the next one of its kind of unit.
periods as (
    select
        unit_kind,
        period_start,
        lead(period_start) over (partition by unit_kind order by period_start) as period_end
    from starts
),

units as (
    select distinct
        drivers.unit_kind,
        drivers.unit_id,
        drivers.period_start,
        periods.period_end
    from drivers
    inner join periods on drivers.unit_kind = periods.unit_kind and drivers.period_start = periods.period_start
),

daily as (
    select * from {{ ref('int_key_drivers__unit_answers') }}
),

placed as (
    select
        daily.*,
        units.period_start
    from daily
    inner join units
        on
            daily.unit_kind = units.unit_kind
            and daily.unit_id = units.unit_id
            and daily.answered_on >= units.period_start
            and (daily.answered_on < units.period_end or units.period_end is null)
)

-- Satisfaction with a parameter, with all of them, and overall.
select
    unit_kind,
    unit_id,
    period_start,
    false as is_predictor,
    case measure
        when 'nps' then 'nps'
        when 'csi_satisfaction' then 'satisfaction: ' || parameter
        else 'overall_satisfaction'
    end as variable,
    sum(value_sum) / sum(answer_count) as value
from placed
group by
    unit_kind,
    unit_id,
    period_start,
    case measure
        when 'nps' then 'nps'
        when 'csi_satisfaction' then 'satisfaction: ' || parameter
        else 'overall_satisfaction'
    end
union all
select
    unit_kind,
    unit_id,
    period_start,
    false as is_predictor,
    'mean_satisfaction' as variable,
    sum(value_sum) / sum(answer_count) as value
from placed
where measure = 'csi_satisfaction'
group by unit_kind, unit_id, period_start
union all
select
    unit_kind,
    unit_id,
    period_start,
    true as is_predictor,
    driver as variable,
    value
from drivers
