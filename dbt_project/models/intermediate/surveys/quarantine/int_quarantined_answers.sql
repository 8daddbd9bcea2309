with answers as (
    select * from {{ source('control', 'quarantined_answers') }}
),

questions as (
    select * from {{ ref('int_survey_questions') }}
    where measure in ('nps', 'csat', 'csi_satisfaction', 'csi_importance')
),

calendar as (
    select * from {{ ref('int_calendar') }}
    where grain in ('month', 'quarter', 'year')
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

parts as (
    select distinct
        measure,
        case when measure like 'csi%' then parameter_number else 0 end as part_number
    from questions
    where is_on_scale
),

periods as (
    select distinct
        grain,
        period_start
    from calendar
),

-- An answer to a question of another measure, or off its measure's scale, would count nowhere.
described as (
    select
        answers.business_day,
        questions.measure,
        case when questions.measure like 'csi%' then questions.parameter_number else 0 end as part_number,
        answers.answer_count,
        case when parameters.repeat_policy = 'latest' then answers.repeated_count else 0 end as repeated_count
    from answers
    cross join parameters
    left join questions
        on
            answers.survey_id = questions.survey_id
            and answers.question_id = questions.question_id
    where answers.question_id is null or questions.is_on_scale
),

-- What has no day may belong to any period.
dated as (
    select
        calendar.grain,
        calendar.period_start,
        described.measure,
        described.part_number,
        true as is_dated,
        described.answer_count,
        described.repeated_count
    from described
    inner join calendar on described.business_day = calendar.date_day
    union all
    select
        periods.grain,
        periods.period_start,
        described.measure,
        described.part_number,
        false as is_dated,
        described.answer_count,
        described.repeated_count
    from described
    cross join periods
    where described.business_day is null
)

-- What has no question may belong to any of them.
select
    dated.grain,
    dated.period_start,
    parts.measure,
    parts.part_number,
    {%- for name, condition in [
        ('quarantined_count', 'dated.is_dated and dated.measure is not null'),
        ('undated_count', 'not dated.is_dated and dated.measure is not null'),
        ('unasked_count', 'dated.measure is null'),
    ] %}
    cast(sum(case when {{ condition }} then dated.answer_count else 0 end) as bigint) as {{ name }},
    {%- endfor %}
    cast(sum(dated.repeated_count) as bigint) as repeated_count
from dated
inner join parts
    on
        dated.measure is null
        or (dated.measure = parts.measure and dated.part_number = parts.part_number)
group by dated.grain, dated.period_start, parts.measure, parts.part_number
