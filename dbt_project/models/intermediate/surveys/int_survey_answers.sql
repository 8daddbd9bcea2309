with answers as (
    select * from {{ ref('stg_survey_responses') }}
),

questions as (
    select * from {{ ref('int_survey_questions') }}
    where is_on_scale
),

products as (
    select * from {{ ref('stg_products') }}
),

customer_dimensions as (
    select * from {{ ref('int_customer_dimensions') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

own_brands as (
    select distinct brand from {{ source('control', 'own_brands') }}
),

answered as (
    select
        answers.*,
        questions.measure,
        questions.item_number,
        questions.parameter_number,
        questions.scale_min,
        questions.scale_max,
        questions.low_below,
        questions.high_from,
        case
            when questions.is_reversed then questions.scale_min + questions.scale_max - answers.score
            else answers.score
        end as oriented_score,
        -- A response id is unique within its survey only.
        coalesce(
            'customer ' || answers.customer_id,
            'response ' || answers.survey_id || ' ' || answers.response_id
        ) as respondent_key
    from answers
    inner join questions
        on
            answers.survey_id = questions.survey_id
            and answers.question_id = questions.question_id
),

-- A later answer of the same customer to the same question about the same thing supersedes this one in every period that
-- holds both. One date tells that for all grains.
repeated as (
    select
        answered.*,
        case
            when parameters.repeat_policy = 'latest' and answered.customer_id is not null
                then lead(answered.business_day) over (
                    partition by
                        answered.respondent_key,
                        answered.survey_id,
                        answered.question_id,
                        answered.brand,
                        answered.product_id
                    order by answered.business_day, answered.answered_at, answered.response_id
                )
        end as superseded_on
    from answered
    cross join parameters
)

select
    repeated.response_id,
    repeated.survey_id,
    repeated.question_id,
    repeated.respondent_key,
    repeated.customer_id,
    repeated.measure,
    repeated.item_number,
    repeated.parameter_number,
    repeated.product_id,
    repeated.scale_min,
    repeated.scale_max,
    repeated.oriented_score as score,
    case
        when repeated.oriented_score >= repeated.high_from then 'high'
        when repeated.oriented_score < repeated.low_below then 'low'
        when repeated.high_from is not null then 'middle'
    end as answer_group,
    repeated.reason_code,
    repeated.answered_at,
    repeated.business_day as answered_on,
    repeated.superseded_on,
    coalesce(segments.dimension_value, 'unknown') as segment,
    coalesce(regions.dimension_value, 'unknown') as region,
    coalesce(repeated.channel, 'unknown') as channel,
    coalesce({{ top_category('products.category_path') }}, 'unknown') as product_category,
    coalesce(repeated.employee_id, 'unknown') as employee,
    coalesce(repeated.brand, 'unknown') as brand,
    -- Who asks about one brand only need not name it: an answer without a brand is about us.
    coalesce(repeated.brand, 'unknown') = 'unknown'
    or own_brands.brand is not null
    or not exists (select configured.brand from own_brands as configured) as is_own_brand
from repeated
left join own_brands on repeated.brand = own_brands.brand
left join products on repeated.product_id = products.product_id
left join customer_dimensions as segments
    on
        repeated.customer_id = segments.customer_id
        and segments.dimension = 'segment'
left join customer_dimensions as regions
    on
        repeated.customer_id = regions.customer_id
        and regions.dimension = 'region'
