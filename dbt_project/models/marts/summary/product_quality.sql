with parameter_scores as (
    select * from {{ ref('int_product_quality__parameters') }}
),

indices as (
    select * from {{ ref('int_product_quality__indices') }}
),

groups as (
    select * from {{ ref('int_products__abc_groups') }}
),

periods as (
    select * from {{ ref('int_periods') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

{% set key = 'grain, period_start, dimension, dimension_value, parameter' %}
scores as (
    select
        grain,
        period_start,
        'product' as dimension,
        product_id as dimension_value,
        parameter,
        side,
        weight,
        index_share,
        index_error * quantile as half_width,
        respondent_count
    from parameter_scores
    union all
    select
        grain,
        period_start,
        dimension,
        dimension_value,
        'total' as parameter,
        side,
        1 as weight,
        index_share,
        index_error * quantile as half_width,
        respondent_count
    from indices
),

-- Ours beside theirs; too few on one side hide that side.
sides as (
    select
        {{ key }},
        {%- for side in ['own', 'competitor'] %}
        {%- set shown = "filter (where side = '" ~ side ~ "' and respondent_count >= parameters.minimum_n)" %}
        {%- set of_side = "filter (where side = '" ~ side ~ "')" %}
        coalesce(max(respondent_count) {{ of_side }}, 0) as {{ side }}_n,
        max(weight) {{ of_side }} as {{ side }}_weight,
        max(100 * index_share) {{ shown }} as {{ side }}_index,
        max(100 * (index_share - half_width)) {{ shown }} as {{ side }}_index_ci_low,
        max(100 * (index_share + half_width)) {{ shown }} as {{ side }}_index_ci_high,
        {%- endfor %}
        max(parameters.minimum_n) as minimum_n
    from scores
    cross join parameters
    group by {{ key }}
)

select
    sides.grain,
    sides.period_start,
    periods.period_end,
    sides.dimension,
    sides.dimension_value,
    sides.parameter,
    groups.sales_share,
    {%- for side in ['own', 'competitor'] %}
    cast(sides.{{ side }}_weight as double) as {{ side }}_weight,
    cast(sides.{{ side }}_index as double) as {{ side }}_index,
    cast(sides.{{ side }}_index_ci_low as double) as {{ side }}_index_ci_low,
    cast(sides.{{ side }}_index_ci_high as double) as {{ side }}_index_ci_high,
    cast(sides.{{ side }}_n as bigint) as {{ side }}_n,
    {%- endfor %}
    -- Where both are equal but for the order of summing, they are equal.
    cast({{ rounded('sides.own_index - sides.competitor_index', 9) }} as double) as difference,
    periods.is_complete,
    sides.own_n < sides.minimum_n as is_suppressed
from sides
inner join periods on sides.grain = periods.grain and sides.period_start = periods.period_start
left join groups
    on
        sides.grain = groups.grain
        and sides.period_start = groups.period_start
        and sides.dimension = 'product'
        and sides.dimension_value = groups.product_id
