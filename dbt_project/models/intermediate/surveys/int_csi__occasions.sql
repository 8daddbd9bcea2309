with answers as (
    select * from {{ ref('int_survey_answers') }}
    where measure in ('csi_satisfaction', 'csi_importance')
),

fixed_weights as (
    select
        questions.parameter_number,
        max(weights.weight) as weight
    from {{ ref('int_survey_questions') }} as questions
    inner join {{ source('control', 'csi_weights') }} as weights on questions.parameter = weights.parameter
    group by questions.parameter_number
),

{% set circumstances = 'respondent_key, answered_on, superseded_on, ' ~ survey_dimensions()[1:] | join(', ') %}
shares as (
    select
        {{ circumstances }},
        parameter_number,
        measure = 'csi_satisfaction' as is_satisfaction,
        (score - scale_min) / (scale_max - scale_min) as index_share,
        score / nullif(scale_max, 0) as maximum_share
    from answers
),

occasions as (
    select
        {{ circumstances }},
        parameter_number,
        count(*) filter (where is_satisfaction) as satisfaction_count,
        coalesce(sum(index_share) filter (where is_satisfaction), 0) as index_share_sum,
        coalesce(sum(maximum_share) filter (where is_satisfaction), 0) as maximum_share_sum,
        count(*) filter (where not is_satisfaction) as importance_count,
        coalesce(sum(maximum_share) filter (where not is_satisfaction), 0) as importance_sum
    from shares
    group by {{ circumstances }}, parameter_number
)

select
    dense_rank() over (order by {{ circumstances }}) as occasion_number,
    dense_rank() over (order by respondent_key) as respondent_number,
    {{ circumstances }},
    occasions.parameter_number,
    satisfaction_count,
    index_share_sum,
    maximum_share_sum,
    importance_count,
    importance_sum,
    case
        when satisfaction_count = 0 then null
        when exists (select 1 from {{ source('control', 'csi_weights') }}) then fixed_weights.weight
        else importance_sum / nullif(importance_count, 0)
    end as own_weight
from occasions
left join fixed_weights on occasions.parameter_number = fixed_weights.parameter_number
