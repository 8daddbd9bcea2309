{%- set sums = [('response_count', 'count(*)')] -%}
{%- for score in ['score_sum', 'recommend_score', 'repurchase_score', 'try_other_score'] -%}
{%- do sums.append((score ~ '_total', 'sum(' ~ score ~ ')')) -%}
{%- do sums.append((score ~ '_square_total', 'sum(' ~ score ~ ' * ' ~ score ~ ')')) -%}
{%- endfor -%}
with responses as (
    select
        *,
        answered_on as counted_on
    from {{ ref('int_cli__responses') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
),

dimensions as (
    select 'total' as dimension
    union all
    select dimension from {{ source('control', 'dimensions') }}
),

{{ summed_by_period('responses', [], sums) }}

select
    grain,
    period_start,
    dimension,
    dimension_value,
    {%- for column, aggregate in sums[1:] %}
    {{ column }},
    {%- endfor %}
    cast(response_count as bigint) as response_count
from periods
