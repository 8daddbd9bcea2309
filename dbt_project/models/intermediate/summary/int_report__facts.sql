with blocks as (
    select * from {{ ref('int_csi__blocks') }}
),

price_levels as (
    select * from {{ ref('int_price_levels__totals') }}
    where competitor = 'total'
),

service_levels as (
    select * from {{ ref('int_service__levels') }}
    where level in ('defect_level', 'deficit_level')
),

product_quality as (
    select * from {{ ref('int_product_quality__indices') }}
    where side = 'own' and dimension = 'total'
),

sales_dynamics as (
    select * from {{ ref('int_sales_dynamics') }}
),

client_base as (
    select * from {{ ref('int_retention__periods') }}
    where active_at_start > 0
),

{% set cell = 'grain, period_start, dimension, dimension_value' %}
{%- set no_error = 'null as standard_error, null as ci_low, null as ci_high' %}
facts as (
    {%- for indicator, block in [('price_satisfaction', 'price'), ('logistics_satisfaction', 'logistics')] %}
    select
        '{{ indicator }}' as indicator,
        {{ cell }},
        100 * index_share as fact,
        100 * index_share * weight as numerator,
        weight as denominator,
        respondent_count as n,
        100 * index_error as standard_error,
        100 * (index_share - quantile * index_error) as ci_low,
        100 * (index_share + quantile * index_error) as ci_high
    from blocks
    where block = '{{ block }}'
    union all
    {%- endfor %}
    select
        'price_level' as indicator,
        {{ cell }},
        value as fact,
        numerator,
        denominator,
        observation_count as n,
        {{ no_error }}
    from price_levels
    union all
    select
        level as indicator,
        {{ cell }},
        value as fact,
        numerator,
        denominator,
        n,
        standard_error,
        ci_low,
        ci_high
    from service_levels
    union all
    select
        'product_quality_index' as indicator,
        {{ cell }},
        100 * index_share as fact,
        100 * index_share * sales_share as numerator,
        sales_share as denominator,
        respondent_count as n,
        100 * index_error as standard_error,
        100 * (index_share - quantile * index_error) as ci_low,
        100 * (index_share + quantile * index_error) as ci_high
    from product_quality
    union all
    select
        'sales_dynamics' as indicator,
        {{ cell }},
        value as fact,
        net_amount as numerator,
        previous_net_amount as denominator,
        previous_customer_count as n,
        {{ no_error }}
    from sales_dynamics
    union all
    select
        'client_base_dynamics' as indicator,
        {{ cell }},
        {{ dynamics('active_at_end', 'active_at_start') }} as fact,
        active_at_end as numerator,
        active_at_start as denominator,
        active_at_start as n,
        {{ no_error }}
    from client_base
)

select
    indicator,
    {{ cell | replace(', ', ',\n    ') }},
    cast(fact as double) as fact,
    cast(numerator as double) as numerator,
    cast(denominator as double) as denominator,
    cast(n as bigint) as n,
    cast(standard_error as double) as standard_error,
    cast(ci_low as double) as ci_low,
    cast(ci_high as double) as ci_high
from facts
