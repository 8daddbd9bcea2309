with answers as (
    select * from {{ ref('int_survey_answers') }}
    where
        measure in ('csi_satisfaction', 'nps')
        and customer_id is not null
        and is_own_brand
),

calendar as (
    select * from {{ ref('int_calendar') }}
    where grain in ('quarter', 'year')
),

-- The weights of the period's index over all who answered.
weights as (
    select
        grain,
        period_start,
        parameter_number,
        weight
    from {{ ref('int_csi__parameters') }}
    where dimension = 'total'
),

summed as (
    select
        calendar.grain,
        calendar.period_start,
        calendar.period_end,
        answers.customer_id,
        sum(
            case
                when answers.measure = 'csi_satisfaction'
                    then weights.weight * (answers.score - answers.scale_min) / (answers.scale_max - answers.scale_min)
            end
        ) as weighted_share,
        sum(case when answers.measure = 'csi_satisfaction' then weights.weight end) as weight,
        avg(case when answers.measure = 'nps' then answers.score end) as nps_score
    from answers
    inner join calendar on answers.answered_on = calendar.date_day
    left join weights
        on
            calendar.grain = weights.grain
            and calendar.period_start = weights.period_start
            and answers.parameter_number = weights.parameter_number
    where answers.superseded_on is null or answers.superseded_on >= calendar.period_end
    group by calendar.grain, calendar.period_start, calendar.period_end, answers.customer_id
)

-- Rounded, so that equal answers tie whatever the order in which they were summed.
select
    grain,
    period_start,
    period_end,
    customer_id,
    {{ rounded('100 * ' ~ safe_divide('weighted_share', 'weight'), 9) }} as csi_index,
    {{ rounded('nps_score', 9) }} as nps_score
from summed
where weight > 0 and nps_score is not null
