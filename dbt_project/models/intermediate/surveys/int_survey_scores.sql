with items as (
    select * from {{ ref('int_survey_items') }}
    where measure in ('nps', 'reverse_nps', 'csat', 'ces')
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
from items
group by grain, period_start, dimension, dimension_value, measure
