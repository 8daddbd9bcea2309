-- Each answer has exactly one value in every dimension, so that the values of a dimension sum to the total. A join that doubles
-- or drops answers would show here. What is said of competitors stands beside the total, in the dimension `brand`.
with own_brands as (
    select * from {{ source('control', 'own_brands') }}
),

items as (
    select
        grain,
        period_start,
        measure,
        parameter,
        dimension,
        answer_count,
        score_sum
    from {{ ref('int_survey_items') }}
    where
        dimension <> 'brand'
        or dimension_value = 'unknown'
        or dimension_value in (select own_brands.brand from own_brands)
        or not exists (select 1 from own_brands)
    union all
    select
        grain,
        period_start,
        measure,
        'unknown' as parameter,
        dimension,
        answer_count,
        score_sum
    from {{ ref('int_nps__by_product') }}
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
