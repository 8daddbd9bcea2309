with questions as (
    select * from {{ ref('stg_survey_questions') }}
),

satisfied_from as (
    select * from {{ source('control', 'csi_satisfied_from') }}
),

-- The scale that defines a measure, and where the low and the high answers on it end and begin, by number: low effort is low;
-- a measure that is not named here is defined on any scale.
measures as (
    select
        listed.measure,
        listed.scale_min,
        listed.scale_max,
        listed.low_below,
        listed.high_from
    from (
        values
        ('nps', 0, 10, 7, 9),
        ('reverse_nps', 1, 10, 9, 9),
        ('csat', 1, 5, 4, 4),
        ('ces', 1, 10, 4, 4),
        ('cli_recommend', 1, 6, null, null),
        ('cli_repurchase', 1, 6, null, null),
        ('cli_try_other', 1, 6, null, null),
        ('acsi_overall', 1, 10, null, null),
        ('acsi_expectations', 1, 10, null, null),
        ('acsi_ideal', 1, 10, null, null)
    ) as listed (measure, scale_min, scale_max, low_below, high_from)
),

described as (
    select
        questions.survey_id,
        questions.question_id,
        questions.measure,
        questions.scale_min,
        questions.scale_max,
        coalesce(questions.parameter, 'unknown') as parameter,
        -- Surveys may disagree on a parameter's block, and the second of two questions about it leaves it out: the first by name is taken.
        coalesce(
            min(questions.block) over (
                partition by
                    case
                        when questions.measure like 'csi%' then 'csi'
                        when questions.measure like 'servqual%' then 'servqual'
                        else questions.measure
                    end,
                    coalesce(questions.parameter, 'unknown')
            ),
            'unknown'
        ) as block,
        -- Answers are kept in the direction of the measure's definition: 1 is best for effort and for CLI.
        questions.direction <> case
            when questions.measure in ('ces', 'cli_recommend', 'cli_repurchase', 'cli_try_other') then 'lower_is_better'
            else 'higher_is_better'
        end as is_reversed,
        case
            when questions.measure like 'csi%' then coalesce(satisfied_from.satisfied_from, questions.scale_max - 1)
            else measures.low_below
        end as low_below,
        case
            when questions.measure like 'csi%' then coalesce(satisfied_from.satisfied_from, questions.scale_max - 1)
            else measures.high_from
        end as high_from,
        questions.scale_min < questions.scale_max
        and (measures.measure is null or (
            questions.scale_min = measures.scale_min and questions.scale_max = measures.scale_max
        )) as is_on_scale
    from questions
    left join satisfied_from on questions.scale_max = satisfied_from.scale_max
    left join measures on questions.measure = measures.measure
)

select
    survey_id,
    question_id,
    measure,
    parameter,
    block,
    scale_min,
    scale_max,
    low_below,
    high_from,
    is_reversed,
    is_on_scale,
    dense_rank() over (order by measure, block, parameter, scale_min, scale_max) as item_number,
    dense_rank() over (order by parameter) as parameter_number
from described
