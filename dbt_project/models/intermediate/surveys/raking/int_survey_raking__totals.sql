with cells as (
    select * from {{ ref('int_survey_raking__cells') }}
),

weights as (
    select * from {{ source('analysis', 'survey_weights') }}
),

dimensions as (
    select 'total' as dimension
    union all
    select dimension from {{ source('control', 'dimensions') }}
),

weighed as (
    select
        cells.*,
        'total' as total,
        weights.weight
    from cells
    inner join weights
        on
            cells.measure = weights.measure
            and cells.grain = weights.grain
            and cells.period_start = weights.period_start
            and cells.segment = weights.segment
            and cells.region = weights.region
),

sums as (
    {%- for dimension in ['total', 'segment', 'region'] %}
    select
        measure,
        grain,
        period_start,
        '{{ dimension }}' as dimension,
        {{ dimension }} as dimension_value,
        sum(answer_count) as answer_count,
        sum(weight * answer_count) as weight_sum,
        sum(weight * weight * answer_count) as weight_square_sum,
        sum(weight * score_sum) as score_sum,
        sum(weight * score_square_sum) as score_square_sum,
        sum(weight * high_count) as high_sum,
        sum(weight * low_count) as low_sum
    from weighed
    where '{{ dimension }}' in (select dimensions.dimension from dimensions)
    group by measure, grain, period_start, {{ dimension }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    measure,
    grain,
    period_start,
    dimension,
    dimension_value,
    cast(answer_count as bigint) as answer_count,
    weight_sum,
    weight_sum * weight_sum / weight_square_sum as n_effective,
    score_sum,
    high_sum,
    low_sum,
    score_sum / weight_sum as mean,
    high_sum / weight_sum as high_share,
    low_sum / weight_sum as low_share,
    greatest(score_square_sum / weight_sum - score_sum / weight_sum * score_sum / weight_sum, 0) as variance
from sums
