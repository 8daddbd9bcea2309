with answers as (
    select * from {{ ref('int_event_effects__answers') }}
    where measure in ('csi_satisfaction', 'csi_importance')
),

fixed_weights as (
    select distinct
        questions.parameter_number,
        fixed.weight
    from {{ ref('int_survey_questions') }} as questions
    inner join {{ source('control', 'csi_weights') }} as fixed on questions.parameter = fixed.parameter
),

quantiles as (
    select * from {{ ref('student_t_quantiles') }}
),

means as (
    select
        event_id,
        side,
        parameter_number,
        count(*) filter (where measure = 'csi_satisfaction') as satisfaction_count,
        avg(index_share) filter (where measure = 'csi_satisfaction') as score,
        count(*) filter (where measure = 'csi_importance') as importance_count,
        avg(maximum_share) filter (where measure = 'csi_importance') as asked_importance
    from answers
    group by event_id, side, parameter_number
),

weighed as (
    select
        means.*,
        fixed_weights.weight is not null as has_fixed_weight,
        case
            when exists (select 1 from {{ source('control', 'csi_weights') }}) then fixed_weights.weight
            else means.asked_importance
        end as importance
    from means
    left join fixed_weights on means.parameter_number = fixed_weights.parameter_number
    where means.satisfaction_count > 0
),

indices as (
    select
        *,
        sum(importance) over cell as importance_sum,
        {{ safe_divide('sum(importance * score) over cell', 'sum(importance) over cell') }} as index_share
    from weighed
    where importance is not null
    window cell as (partition by event_id, side)
),

-- As for the index of a period: how far each respondent's answers move it, to scores and to importances.
influences as (
    select
        indices.event_id,
        indices.side,
        answers.respondent_key,
        max(indices.index_share) as index_share,
        sum(
            case
                when answers.measure = 'csi_satisfaction'
                    then
                        indices.importance / indices.importance_sum
                        * (answers.index_share - indices.score) / indices.satisfaction_count
                when indices.has_fixed_weight then 0
                else
                    (indices.score - indices.index_share) / indices.importance_sum
                    * (answers.maximum_share - indices.importance) / indices.importance_count
            end
        ) as influence
    from indices
    inner join answers
        on
            indices.event_id = answers.event_id
            and indices.side = answers.side
            and indices.parameter_number = answers.parameter_number
    where indices.index_share is not null
    group by indices.event_id, indices.side, answers.respondent_key
),

errors as (
    select
        event_id,
        side,
        count(*) as n,
        100 * max(index_share) as csi_index,
        100 * {{ error_of_influences('influence') }} as standard_error
    from influences
    group by event_id, side
)

select
    errors.event_id,
    errors.side,
    errors.n,
    errors.csi_index as value,
    errors.standard_error,
    errors.csi_index
    - {{ student_t_975('quantiles.quantile', '(errors.n - 1)') }} * errors.standard_error as ci_low,
    errors.csi_index
    + {{ student_t_975('quantiles.quantile', '(errors.n - 1)') }} * errors.standard_error as ci_high
from errors
left join quantiles on quantiles.degrees_of_freedom = errors.n - 1
