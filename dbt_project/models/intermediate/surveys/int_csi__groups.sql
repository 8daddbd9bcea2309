with group_months as (
    select * from {{ ref('int_csi__group_months') }}
),

questions as (
    select * from {{ ref('int_survey_questions') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
    where grain in ('month', 'quarter', 'year')
),

items as (
    select distinct
        item_number,
        measure,
        parameter,
        scale_min,
        scale_max
    from questions
),

month_periods as (
    select distinct
        months.period_start as month_start,
        periods.grain,
        periods.period_start,
        periods.period_end,
        periods.period_number
    from calendar as months
    inner join calendar as periods on months.date_day = periods.date_day
    where months.grain = 'month'
),

-- These periods end with months, so that the month of its successor tells whether an answer counts.
{% set cell = 'grain, period_number, dimension, dimension_value, group_dimension, group_value' %}
periods as (
    select
        month_periods.grain,
        month_periods.period_number,
        group_months.dimension,
        group_months.dimension_value,
        group_months.group_dimension,
        group_months.group_value,
        group_months.item_number,
        sum(group_months.answer_count) as answer_count,
        sum(group_months.score_sum) as score_sum
    from group_months
    inner join month_periods on group_months.month_start = month_periods.month_start
    where group_months.superseded_month is null or group_months.superseded_month >= month_periods.period_end
    group by {{ cell }}, group_months.item_number
),

shares as (
    select
        periods.*,
        items.parameter,
        items.measure,
        (periods.score_sum - periods.answer_count * items.scale_min) / (items.scale_max - items.scale_min)
            as index_share_sum,
        periods.score_sum / nullif(items.scale_max, 0) as maximum_share_sum
    from periods
    inner join items on periods.item_number = items.item_number
)

select
    {{ cell }},
    parameter,
    {%- for kind in ['satisfaction', 'importance'] %}
    cast(coalesce(sum(answer_count) filter (where measure = 'csi_{{ kind }}'), 0) as bigint) as {{ kind }}_count,
    {%- endfor %}
    cast(sum(index_share_sum) filter (where measure = 'csi_satisfaction') as double) as index_share_sum,
    cast(sum(maximum_share_sum) filter (where measure = 'csi_importance') as double) as importance_sum
from shares
group by {{ cell }}, parameter
