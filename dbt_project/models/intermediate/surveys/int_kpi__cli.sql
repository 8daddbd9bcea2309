with sums as (
    select * from {{ ref('int_cli__periods') }}
),

periods as (
    select * from {{ ref('int_periods') }}
),

quantiles as (
    select * from {{ ref('student_t_quantiles') }}
),

-- From sums of whole numbers, so that respondents who all answer alike have an interval of exactly no width.
means as (
    {%- for metric_id, score, answers in [
        ('cli', 'score_sum', 3),
        ('cli_recommend', 'recommend_score', 1),
        ('cli_repurchase', 'repurchase_score', 1),
        ('cli_try_other', 'try_other_score', 1),
    ] %}
    select
        '{{ metric_id }}' as metric_id,
        grain,
        period_start,
        dimension,
        dimension_value,
        response_count,
        {{ score }}_total / {{ answers }} as numerator,
        {{ safe_divide(score ~ '_total', answers ~ ' * response_count') }} as value,
        {{ standard_error_of_mean('response_count', score ~ '_total', score ~ '_square_total') }}
        / {{ answers }} as standard_error
    from sums
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

intervals as (
    select
        means.*,
        {{ student_t_975('quantiles.quantile', '(means.response_count - 1)') }} * means.standard_error as half_width
    from means
    left join quantiles on quantiles.degrees_of_freedom = means.response_count - 1
),

metrics as (
    select
        metric_id,
        grain,
        period_start,
        dimension,
        dimension_value,
        response_count,
        numerator,
        value,
        standard_error,
        half_width
    from intervals
    union all
    -- Turned round: 1 is best on the scale, 100 in the index.
    select
        'cli_index' as metric_id,
        grain,
        period_start,
        dimension,
        dimension_value,
        response_count,
        (6 * response_count - numerator) / 5 as numerator,
        (6 - value) / 5 * 100 as value,
        20 * standard_error as standard_error,
        20 * half_width as half_width
    from intervals
    where metric_id = 'cli'
)

select
    metrics.metric_id,
    metrics.grain,
    metrics.period_start,
    periods.period_end,
    metrics.dimension,
    metrics.dimension_value,
    cast(metrics.value as double) as value,
    cast(metrics.numerator as double) as numerator,
    cast(metrics.response_count as double) as denominator,
    metrics.response_count as n,
    cast(metrics.response_count as double) as n_effective,
    cast(metrics.value - metrics.half_width as double) as ci_low,
    cast(metrics.value + metrics.half_width as double) as ci_high,
    cast(metrics.standard_error as double) as standard_error,
    periods.is_complete
from metrics
inner join periods
    on
        metrics.grain = periods.grain
        and metrics.period_start = periods.period_start
