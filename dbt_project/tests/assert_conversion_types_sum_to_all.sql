-- Each conversion has exactly one type: in every cell the types must sum to all conversions, or a rate has lost some of its base.
-- The second half counts the total by another path, from the conversions themselves.
with shared as (
    select
        grain,
        period_start,
        dimension,
        dimension_value,
        conversion_source,
        sum(conversion_count) as type_sum,
        max(all_conversion_count) as all_conversions
    from {{ ref('int_conversions__shared') }}
    group by grain, period_start, dimension, dimension_value, conversion_source
),

unequal as (
    select
        grain,
        dimension,
        dimension_value,
        conversion_source,
        type_sum,
        all_conversions
    from shared
    where type_sum <> all_conversions
),

counted as (
    select
        conversion_source,
        sum(type_sum) as conversion_count
    from shared
    where grain = 'year' and dimension = 'total'
    group by conversion_source
),

converted as (
    {%- for source in ['order', 'contract'] %}
    select
        '{{ source }}' as conversion_source,
        count(*) as conversion_count
    from {{ ref('int_' ~ source ~ '_conversions') }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    grain,
    dimension,
    dimension_value,
    conversion_source,
    type_sum as found,
    all_conversions as expected
from unequal
union all
select
    'year' as grain,
    'total' as dimension,
    'total' as dimension_value,
    converted.conversion_source,
    coalesce(counted.conversion_count, 0) as found,
    converted.conversion_count as expected
from converted
left join counted on converted.conversion_source = counted.conversion_source
where coalesce(counted.conversion_count, 0) <> converted.conversion_count
