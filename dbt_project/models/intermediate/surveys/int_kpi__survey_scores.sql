{%- set cell = 'grain, period_start, dimension, dimension_value' -%}
with scores as (
    select * from {{ ref('int_survey_scores') }}
),

periods as (
    select * from {{ ref('int_periods') }}
),

quantiles as (
    select * from {{ ref('student_t_quantiles') }}
),

mean_errors as (
    select
        scores.*,
        {{ safe_divide('scores.score_sum', 'scores.answer_count') }} as mean,
        {{ standard_error_of_mean('scores.answer_count', 'scores.score_sum', 'scores.score_square_sum') }} as error,
        {{ student_t_975('quantiles.quantile', '(scores.answer_count - 1)') }} as quantile
    from scores
    left join quantiles on quantiles.degrees_of_freedom = scores.answer_count - 1
),

metrics as (
    select
        'nps' as metric_id,
        {{ cell }},
        answer_count,
        100 * {{ safe_divide('high_count - low_count', 'answer_count') }} as value,
        cast(high_count - low_count as double) as numerator,
        {{ net_promoter_low('high_count', 'low_count', 'answer_count') }} as ci_low,
        {{ net_promoter_high('high_count', 'low_count', 'answer_count') }} as ci_high,
        100 * {{ net_promoter_error('high_count', 'low_count', 'answer_count') }} as standard_error
    from scores
    where measure = 'nps'
    {%- for measure in ['csat', 'reverse_nps', 'ces'] %}
    union all
    select
        '{{ measure }}' as metric_id,
        {{ cell }},
        answer_count,
        mean as value,
        score_sum as numerator,
        mean - quantile * error as ci_low,
        mean + quantile * error as ci_high,
        error as standard_error
    from mean_errors
    where measure = '{{ measure }}'
    {%- endfor %}
    {%- for metric_id, measure, counted in [
        ('csat_satisfied_share', 'csat', 'high_count'),
        ('reverse_nps_devoted_share', 'reverse_nps', 'high_count'),
        ('ces_low_effort_share', 'ces', 'low_count'),
    ] %}
    union all
    select
        '{{ metric_id }}' as metric_id,
        {{ cell }},
        answer_count,
        {{ safe_divide(counted, 'answer_count') }} as value,
        cast({{ counted }} as double) as numerator,
        {{ wilson_low(counted, 'answer_count') }} as ci_low,
        {{ wilson_high(counted, 'answer_count') }} as ci_high,
        sqrt(
            {{ safe_divide(counted, 'answer_count') }} * (1 - {{ safe_divide(counted, 'answer_count') }})
            / answer_count
        ) as standard_error
    from scores
    where measure = '{{ measure }}'
    {%- endfor %}
)

select
    metrics.metric_id,
    metrics.grain,
    metrics.period_start,
    periods.period_end,
    metrics.dimension,
    metrics.dimension_value,
    cast(metrics.value as double) as value,
    metrics.numerator,
    cast(metrics.answer_count as double) as denominator,
    metrics.answer_count as n,
    cast(metrics.answer_count as double) as n_effective,
    cast(metrics.ci_low as double) as ci_low,
    cast(metrics.ci_high as double) as ci_high,
    cast(metrics.standard_error as double) as standard_error,
    periods.is_complete
from metrics
inner join periods
    on
        metrics.grain = periods.grain
        and metrics.period_start = periods.period_start
