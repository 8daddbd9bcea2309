-- What a customer thinks of a competitor says nothing about what they do with us.
with answers as (
    select
        *,
        case measure when 'nps' then 1 when 'csat' then 2 when 'acsi_overall' then 3 else 4 end as priority
    from {{ ref('int_survey_answers') }}
    where customer_id is not null and is_own_brand
),

numbered as (
    select
        *,
        row_number() over (partition by survey_id, response_id order by priority, question_id) as answer_number,
        min(customer_id) over (partition by survey_id, response_id) as responding_customer_id,
        max(answered_on) over (partition by survey_id, response_id) as last_answered_on
    from answers
)

select
    survey_id,
    response_id,
    responding_customer_id as customer_id,
    last_answered_on as answered_on,
    case when priority < 4 then measure end as measure,
    case when priority < 4 then score end as score,
    case
        when measure = 'nps' and answer_group = 'high' then 'promoter'
        when measure = 'nps' and answer_group = 'low' then 'detractor'
        when measure = 'nps' then 'passive'
        when measure = 'csat' and answer_group = 'high' then 'satisfied'
        when measure = 'csat' then 'dissatisfied'
        else 'answered'
    end as response_group
from numbered
where answer_number = 1
