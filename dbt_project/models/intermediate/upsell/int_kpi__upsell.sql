with ratios as (
    select * from {{ ref('int_upsell__ratios') }}
),

shares as (
    select * from {{ ref('int_conversions__shared') }}
    where conversion_source = 'total'
),

configured_windows as (
    select * from {{ source('control', 'repurchase_windows') }}
),

-- The plain metric is over a year; where no such window is configured, over the longest.
main_window as (
    select coalesce(max(case when window_days = 365 then window_days end), max(window_days)) as window_days
    from configured_windows
),

main_ratios as (
    select ratios.*
    from ratios
    inner join main_window on ratios.window_days = main_window.window_days
),

upselling as (
    select
        'upselling_ratio' as metric_id,
        main_ratios.*
    from main_ratios
    union all
    select
        'upselling_ratio_' || window_name as metric_id,
        ratios.*
    from ratios
    where window_name in ('90', '180', 'lifetime')
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
    from main_ratios
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
        customer_count as n,
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
