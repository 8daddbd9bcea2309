with answers as (
    select * from {{ ref('int_survey_answers') }}
    where measure in ('csi_satisfaction', 'csat', 'acsi_overall', 'nps') and is_own_brand
),

parameters as (
    select distinct
        parameter_number,
        parameter
    from {{ ref('int_survey_questions') }}
),

followed as (
    select * from {{ ref('int_outcomes__followed') }}
),

run_parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- On 0 to 100 between the ends of its scale; an answer about overall satisfaction is taken from csat where both are asked.
averaged as (
    select
        answers.survey_id,
        answers.response_id,
        answers.measure,
        case when answers.measure = 'csi_satisfaction' then answers.parameter_number end as parameter_number,
        min(answers.respondent_key) as respondent_key,
        100 * avg((answers.score - answers.scale_min) / (answers.scale_max - answers.scale_min)) as value
    from answers
    group by
        answers.survey_id,
        answers.response_id,
        answers.measure,
        case when answers.measure = 'csi_satisfaction' then answers.parameter_number end
),

rated as (
    select
        *,
        count(*) filter (where measure = 'csat') over (partition by survey_id, response_id) as csat_count
    from averaged
),

named as (
    select
        rated.survey_id,
        rated.response_id,
        rated.respondent_key,
        rated.measure = 'csi_satisfaction' as is_predictor,
        case rated.measure
            when 'csi_satisfaction' then parameters.parameter
            when 'nps' then 'nps'
            else 'overall_satisfaction'
        end as variable,
        rated.value
    from rated
    left join parameters on rated.parameter_number = parameters.parameter_number
    where rated.measure <> 'acsi_overall' or rated.csat_count = 0
)

select
    survey_id,
    response_id,
    respondent_key,
    is_predictor,
    variable,
    value
from named
union all
select
    followed.survey_id,
    followed.observation_id as response_id,
    'customer ' || followed.customer_id as respondent_key,
    false as is_predictor,
    'next_year_revenue' as variable,
    cast(followed.order_revenue_365 + followed.recurring_revenue_365 as double) as value
from followed
inner join run_parameters on {{ add_days('followed.time_zero_on', 365) }} <= run_parameters.as_of_date
where followed.observation_kind = 'response'
