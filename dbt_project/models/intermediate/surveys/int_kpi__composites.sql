with estimates as (
    select * from {{ ref('int_composites__estimates') }}
    where level = 'total'
),

periods as (
    select * from {{ ref('int_periods') }}
),

-- A gap in points has no meaning across scales.
metrics as (
    {%- for metric_id, numerator, denominator, factor in [
        ('acsi', 'value - 1', '9', '100'),
        ('servqual', '100 * value', '100', '1'),
    ] %}
    select
        '{{ metric_id }}' as metric_id,
        grain,
        period_start,
        dimension,
        dimension_value,
        respondent_count,
        {{ numerator }} as numerator,
        {{ denominator }} as denominator,
        {{ factor }} * ({{ numerator }}) / {{ denominator }} as value,
        {{ '100e0 / 9' if metric_id == 'acsi' else '1' }} * standard_error as standard_error,
        quantile
    from estimates
    where composite = '{{ metric_id }}' and scale_max is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
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
    cast(metrics.numerator as double) as numerator,
    cast(metrics.denominator as double) as denominator,
    cast(metrics.respondent_count as bigint) as n,
    cast(metrics.respondent_count as double) as n_effective,
    cast(metrics.value - metrics.quantile * metrics.standard_error as double) as ci_low,
    cast(metrics.value + metrics.quantile * metrics.standard_error as double) as ci_high,
    cast(metrics.standard_error as double) as standard_error,
    periods.is_complete
from metrics
inner join periods
    on
        metrics.grain = periods.grain
        and metrics.period_start = periods.period_start
