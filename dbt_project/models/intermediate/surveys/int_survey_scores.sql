with items as (
    select * from {{ ref('int_survey_items') }}
    where measure in ('nps', 'reverse_nps', 'csat', 'ces')
),

by_product as (
    select * from {{ ref('int_nps__by_product') }}
),

{%- set columns -%}
    grain,
    period_start,
    dimension,
    dimension_value,
    measure,
    answer_count,
    score_sum,
    score_square_sum,
    high_count,
    middle_count,
    low_count
{%- endset %}

together as (
    select
        {{ columns | indent(4) }}
    from items
    union all
    select
        {{ columns | indent(4) }}
    from by_product
)

select
    grain,
    period_start,
    dimension,
    dimension_value,
    measure,
    cast(sum(answer_count) as bigint) as answer_count,
    sum(score_sum) as score_sum,
    sum(score_square_sum) as score_square_sum,
    cast(sum(high_count) as bigint) as high_count,
    cast(sum(middle_count) as bigint) as middle_count,
    cast(sum(low_count) as bigint) as low_count
from together
group by grain, period_start, dimension, dimension_value, measure
