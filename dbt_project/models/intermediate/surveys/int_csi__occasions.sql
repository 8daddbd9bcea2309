with answers as (
    select * from {{ ref('int_survey_answers') }}
    where measure in ('csi_satisfaction', 'csi_importance')
),

fixed_weights as (
    select * from {{ source('control', 'csi_weights') }}
),

parameter_weights as (
    select distinct
        questions.parameter_number,
        fixed_weights.weight
    from {{ ref('int_survey_questions') }} as questions
    inner join fixed_weights on questions.parameter = fixed_weights.parameter
),

-- A satisfaction answer's own weight is the importance that its respondent gave in the same response.
own_importances as (
    select
        survey_id,
        response_id,
        parameter_number,
        avg(score / nullif(scale_max, 0)) as own_importance
    from answers
    where measure = 'csi_importance'
    group by survey_id, response_id, parameter_number
),

{% set circumstances =
    'respondent_key, answered_on, superseded_on, is_own_brand, ' ~ survey_dimensions()[1:] | join(', ')
%}
shares as (
    select
        {%- for column in circumstances.split(', ') %}
        answers.{{ column }},
        {%- endfor %}
        answers.parameter_number,
        answers.measure = 'csi_satisfaction' as is_satisfaction,
        (answers.score - answers.scale_min) / (answers.scale_max - answers.scale_min) as index_share,
        answers.score / nullif(answers.scale_max, 0) as maximum_share,
        case
            when answers.measure = 'csi_importance' then null
            when exists (select 1 from fixed_weights) then parameter_weights.weight
            else own_importances.own_importance
        end as own_weight
    from answers
    left join parameter_weights on answers.parameter_number = parameter_weights.parameter_number
    left join own_importances
        on
            answers.survey_id = own_importances.survey_id
            and answers.response_id = own_importances.response_id
            and answers.parameter_number = own_importances.parameter_number
),

occasions as (
    select
        {{ circumstances }},
        parameter_number,
        count(*) filter (where is_satisfaction) as satisfaction_count,
        coalesce(sum(index_share) filter (where is_satisfaction), 0) as index_share_sum,
        coalesce(sum(maximum_share) filter (where is_satisfaction), 0) as maximum_share_sum,
        count(*) filter (where not is_satisfaction) as importance_count,
        coalesce(sum(maximum_share) filter (where not is_satisfaction), 0) as importance_sum,
        sum(own_weight) as own_weight,
        sum(own_weight * index_share) as own_weighted_share
    from shares
    group by {{ circumstances }}, parameter_number
)

select
    dense_rank() over (order by {{ circumstances | replace(',', ' nulls last,') }} nulls last) as occasion_number,
    dense_rank() over (order by respondent_key) as respondent_number,
    {{ circumstances }},
    parameter_number,
    satisfaction_count,
    index_share_sum,
    maximum_share_sum,
    importance_count,
    importance_sum,
    own_weight,
    own_weighted_share
from occasions
