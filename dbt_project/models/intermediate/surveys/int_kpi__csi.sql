with indices as (
    select * from {{ ref('int_csi__indices') }}
),

periods as (
    select * from {{ ref('int_periods') }}
),

-- Value, half width and standard error are `factor` times a share of the scale, from `origin` on.
metrics as (
    {%- for metric_id, share, error, origin, factor in [
        ('csi_score', 'index_share', 'index_error', 'scale_min', '(scale_max - scale_min)'),
        ('csi_percent_of_max', 'maximum_share', 'maximum_error', '0', '100'),
        ('csi_index', 'index_share', 'index_error', '0', '100'),
    ] %}
    select
        '{{ metric_id }}' as metric_id,
        grain,
        period_start,
        dimension,
        dimension_value,
        {{ origin }} + {{ factor }} * {{ share }} as value,
        importance_sum as denominator,
        respondent_count as n,
        quantile,
        {{ factor }} * {{ error }} as standard_error
    from indices
    {%- if metric_id == 'csi_score' %}
    where scale_max is not null
    {%- endif %}
    union all
    {%- endfor %}
    select
        'csi_respondent_weighted' as metric_id,
        grain,
        period_start,
        dimension,
        dimension_value,
        100 * own_index_share as value,
        cast(own_index_count as double) as denominator,
        own_index_count as n,
        own_index_quantile as quantile,
        100 * own_index_error as standard_error
    from indices
    where own_index_count > 0
)

select
    metrics.metric_id,
    metrics.grain,
    metrics.period_start,
    periods.period_end,
    metrics.dimension,
    metrics.dimension_value,
    cast(metrics.value as double) as value,
    cast(metrics.value * metrics.denominator as double) as numerator,
    cast(metrics.denominator as double) as denominator,
    cast(metrics.n as bigint) as n,
    cast(metrics.n as double) as n_effective,
    cast(metrics.value - metrics.quantile * metrics.standard_error as double) as ci_low,
    cast(metrics.value + metrics.quantile * metrics.standard_error as double) as ci_high,
    cast(metrics.standard_error as double) as standard_error,
    periods.is_complete
from metrics
inner join periods
    on
        metrics.grain = periods.grain
        and metrics.period_start = periods.period_start
