with answers as (
    select * from {{ ref('int_survey_answers') }}
    where
        customer_id is not null
        and measure in ('nps', 'csat')
        and is_own_brand
),

latest as (
    select
        customer_id,
        measure,
        score,
        answered_on
    from answers
    qualify row_number() over (
        partition by customer_id, measure order by answered_at desc, response_id desc, survey_id desc, question_id desc
    ) = 1
)

select
    customer_id,
    max(case when measure = 'nps' then score end) as last_nps_score,
    max(case when measure = 'nps' then answered_on end) as last_nps_on,
    max(case when measure = 'csat' then score end) as last_csat_score,
    max(case when measure = 'csat' then answered_on end) as last_csat_on
from latest
group by customer_id
