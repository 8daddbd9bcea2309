with answers as (
    select * from {{ ref('int_survey_answers') }}
    where measure in ('nps', 'csat') and is_own_brand and customer_id is not null
),

occasions as (
    select * from {{ ref('int_csi__occasions') }}
    where own_weight > 0 and is_own_brand and respondent_key like 'customer %'
),

calendar as (
    select * from {{ ref('int_calendar') }}
    where grain in ('month', 'quarter', 'year')
),

-- Weighting is off by default, and then there is nothing to weigh.
weighting as (
    select count(*) as dimension_count
    from {{ source('control', 'weighting_dimensions') }}
    having count(*) > 0
),

single_answers as (
    select
        answers.measure,
        calendar.grain,
        calendar.period_start,
        answers.segment,
        answers.region,
        answers.score,
        answers.answer_group
    from weighting
    cross join answers
    inner join calendar on answers.answered_on = calendar.date_day
    where answers.superseded_on is null or answers.superseded_on >= calendar.period_end
),

own_indices as (
    select
        'csi' as measure,
        calendar.grain,
        calendar.period_start,
        occasions.segment,
        occasions.region,
        100 * sum(occasions.own_weighted_share) / sum(occasions.own_weight) as score,
        cast(null as {{ dbt.type_string() }}) as answer_group
    from weighting
    cross join occasions
    inner join calendar on occasions.answered_on = calendar.date_day
    where occasions.superseded_on is null or occasions.superseded_on >= calendar.period_end
    group by
        calendar.grain, calendar.period_start, occasions.segment, occasions.region, occasions.respondent_number
),

weighed as (
    select * from single_answers
    union all
    select * from own_indices
)

select
    measure,
    grain,
    period_start,
    segment,
    region,
    count(*) as answer_count,
    cast(sum(score) as double) as score_sum,
    cast(sum(score * score) as double) as score_square_sum,
    count(*) filter (where answer_group = 'high') as high_count,
    count(*) filter (where answer_group = 'low') as low_count
from weighed
group by measure, grain, period_start, segment, region
