with totals as (
    select * from {{ ref('int_survey_raking__totals') }}
),

periods as (
    select * from {{ ref('int_periods') }}
),

quantiles as (
    select * from {{ ref('student_t_quantiles') }}
),

-- Adjusted Wald and Wilson as without weights, n_effective answers standing in for n.
measured as (
    select
        totals.*,
        totals.high_share * totals.n_effective as high_answers,
        totals.low_share * totals.n_effective as low_answers,
        {{ significant('sqrt(totals.variance / nullif(totals.n_effective - 1, 0))') }} as mean_error,
        {{ student_t_975('quantiles.quantile', '(floor(totals.n_effective) - 1)') }} as quantile
    from totals
    left join quantiles on quantiles.degrees_of_freedom = cast(floor(totals.n_effective) as bigint) - 1
),

metrics as (
    select
        *,
        'nps_raked' as metric_id,
        100 * (high_share - low_share) as value,
        100 * (high_sum - low_sum) as numerator,
        {{ net_promoter_low('high_answers', 'low_answers', 'n_effective') }} as ci_low,
        {{ net_promoter_high('high_answers', 'low_answers', 'n_effective') }} as ci_high,
        100 * {{ net_promoter_error('high_answers', 'low_answers', 'n_effective') }} as standard_error
    from measured
    where measure = 'nps'
    {%- for metric_id, measure in [('csat_raked', 'csat'), ('csi_respondent_weighted_raked', 'csi')] %}
    union all
    select
        *,
        '{{ metric_id }}' as metric_id,
        mean as value,
        score_sum as numerator,
        mean - quantile * mean_error as ci_low,
        mean + quantile * mean_error as ci_high,
        mean_error as standard_error
    from measured
    where measure = '{{ measure }}'
    {%- endfor %}
    union all
    select
        *,
        'csat_satisfied_share_raked' as metric_id,
        high_share as value,
        high_sum as numerator,
        {{ wilson_low('high_answers', 'n_effective') }} as ci_low,
        {{ wilson_high('high_answers', 'n_effective') }} as ci_high,
        sqrt(high_share * (1 - high_share) / n_effective) as standard_error
    from measured
    where measure = 'csat'
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
    cast(metrics.weight_sum as double) as denominator,
    metrics.answer_count as n,
    cast(metrics.n_effective as double) as n_effective,
    cast(metrics.ci_low as double) as ci_low,
    cast(metrics.ci_high as double) as ci_high,
    cast(metrics.standard_error as double) as standard_error,
    periods.is_complete
from metrics
inner join periods
    on
        metrics.grain = periods.grain
        and metrics.period_start = periods.period_start
