with ratios as (
    select * from {{ ref('int_upsell__ratios') }}
),

shares as (
    select * from {{ ref('int_conversions__shared') }}
    where conversion_source = 'total'
),

-- The window of a year has the plain name; other configured windows stand in the mart `upsell`.
upselling as (
    {%- for metric_id, window_name in [
        ('upselling_ratio', '365'), ('upselling_ratio_90', '90'), ('upselling_ratio_180', '180'), ('upselling_ratio_lifetime', 'lifetime')
    ] %}
    select
        '{{ metric_id }}' as metric_id,
        ratios.*
    from ratios
    where window_name = '{{ window_name }}'
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

final as (
    select
        metric_id,
        grain,
        period_start,
        period_end,
        dimension,
        dimension_value,
        upselling_ratio as value,
        different_count as numerator,
        one_time_count as denominator,
        mature_count as n,
        upselling_ratio_low as ci_low,
        upselling_ratio_high as ci_high,
        upselling_ratio_standard_error as standard_error,
        is_complete
    from upselling
    union all
    select
        'product_distance' as metric_id,
        grain,
        period_start,
        period_end,
        dimension,
        dimension_value,
        product_distance as value,
        distance_sum as numerator,
        distance_count as denominator,
        distance_count as n,
        product_distance_low as ci_low,
        product_distance_high as ci_high,
        product_distance_standard_error as standard_error,
        is_complete
    from ratios
    where window_name = '365'
    {%- for conversion_type in ['upsell', 'cross_sell'] %}
    union all
    select
        '{{ conversion_type }}_rate' as metric_id,
        grain,
        period_start,
        period_end,
        dimension,
        dimension_value,
        100 * conversion_rate as value,
        conversion_count as numerator,
        all_conversion_count as denominator,
        all_customer_count as n,
        100 * ci_low as ci_low,
        100 * ci_high as ci_high,
        100 * sqrt(conversion_rate * (1 - conversion_rate) / all_conversion_count) as standard_error,
        is_complete
    from shares
    where conversion_type = '{{ conversion_type }}'
    {%- endfor %}
)

select
    metric_id,
    grain,
    period_start,
    period_end,
    dimension,
    dimension_value,
    cast(value as double) as value,
    cast(numerator as double) as numerator,
    cast(denominator as double) as denominator,
    cast(n as bigint) as n,
    cast(n as double) as n_effective,
    cast(ci_low as double) as ci_low,
    cast(ci_high as double) as ci_high,
    cast(standard_error as double) as standard_error,
    is_complete
from final
where n > 0
