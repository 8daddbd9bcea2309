with score_counts as (
    select * from {{ ref('int_survey_score_counts') }}
),

-- The scale that METRICS names for each measure, and where its groups begin; a question on another scale is none of the measure's.
measures as (
    select * from (values
        {#- measure, scale_min, scale_max, low_below, high_from -#}
        {%- for row in [
            ('nps', 0, 10, 7, 9),
            ('csat', 1, 5, 4, 4),
        ] %}
        ('{{ row[0] }}', {{ row[1:] | join(', ') }}){{ "," if not loop.last }}
        {%- endfor %}
    ) as listed (measure, scale_min, scale_max, low_below, high_from)
)

select
    score_counts.grain,
    score_counts.period_start,
    score_counts.dimension,
    score_counts.dimension_value,
    score_counts.measure,
    cast(sum(score_counts.answer_count) as bigint) as answer_count,
    cast(sum(score_counts.score * score_counts.answer_count) as double) as score_sum,
    cast(sum(score_counts.score * score_counts.score * score_counts.answer_count) as double) as score_square_sum,
    cast(coalesce(sum(score_counts.answer_count) filter (where score_counts.score >= measures.high_from), 0) as bigint)
        as high_count,
    cast(coalesce(sum(score_counts.answer_count) filter (
        where score_counts.score >= measures.low_below and score_counts.score < measures.high_from
    ), 0) as bigint) as middle_count,
    cast(coalesce(sum(score_counts.answer_count) filter (where score_counts.score < measures.low_below), 0) as bigint)
        as low_count
from score_counts
inner join measures
    on
        score_counts.measure = measures.measure
        and score_counts.scale_min = measures.scale_min
        and score_counts.scale_max = measures.scale_max
group by
    score_counts.grain,
    score_counts.period_start,
    score_counts.dimension,
    score_counts.dimension_value,
    score_counts.measure
