-- Each answer has exactly one value in every dimension, so that the values of a dimension sum to the total. A join that doubles
-- or drops answers would show here.
with items as (
    select * from {{ ref('int_survey_items') }}
),

sums as (
    select
        grain,
        period_start,
        measure,
        parameter,
        dimension,
        sum(answer_count) as answer_count,
        sum(score_sum) as score_sum
    from items
    group by grain, period_start, measure, parameter, dimension
)

select
    sums.grain,
    sums.period_start,
    sums.measure,
    sums.parameter,
    sums.dimension,
    sums.answer_count,
    totals.answer_count as total_count
from sums
inner join sums as totals
    on
        sums.grain = totals.grain
        and sums.period_start = totals.period_start
        and sums.measure = totals.measure
        and sums.parameter = totals.parameter
        and totals.dimension = 'total'
where
    sums.answer_count <> totals.answer_count
    or abs(sums.score_sum - totals.score_sum) > 1e-9 * totals.answer_count
