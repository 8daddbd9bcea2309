{%- set items = ['recommend', 'repurchase', 'try_other'] -%}
{%- set circumstances = survey_dimensions() | reject('in', ['total', 'brand']) -%}
with answers as (
    select * from {{ ref('int_survey_answers') }}
    where measure in ('cli_recommend', 'cli_repurchase', 'cli_try_other')
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- A response is whole with its last answer; the circumstances of its answers are the same as a rule.
responses as (
    select
        survey_id,
        response_id,
        product_id,
        brand,
        is_own_brand,
        min(respondent_key) as respondent_key,
        min(customer_id) as customer_id,
        max(answered_at) as answered_at,
        max(answered_on) as answered_on,
        {%- for dimension in circumstances %}
        min({{ dimension }}) as {{ dimension }},
        {%- endfor %}
        {%- for item in items %}
        avg(case when measure = 'cli_{{ item }}' then score end) as {{ item }}_score,
        {%- endfor %}
        count(distinct measure) as item_count
    from answers
    group by survey_id, response_id, product_id, brand, is_own_brand
)

-- Only a response with all three answers takes the place of an earlier one.
select
    responses.survey_id,
    responses.response_id,
    responses.product_id,
    responses.respondent_key,
    responses.answered_on,
    case
        when parameters.repeat_policy = 'latest' and responses.customer_id is not null
            then lead(responses.answered_on) over (
                partition by
                    responses.respondent_key,
                    responses.survey_id,
                    responses.brand,
                    responses.product_id
                order by responses.answered_on, responses.answered_at, responses.response_id
            )
    end as superseded_on,
    {%- for dimension in survey_dimensions()[1:] %}
    responses.{{ dimension }},
    {%- endfor %}
    responses.is_own_brand,
    {%- for item in items %}
    responses.{{ item }}_score,
    {%- endfor %}
    responses.recommend_score + responses.repurchase_score + responses.try_other_score as score_sum
from responses
cross join parameters
where responses.item_count = {{ items | length }}
