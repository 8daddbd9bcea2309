{%- set sums = answer_sums() -%}
with answers as (
    select
        *,
        answered_on as counted_on,
        coalesce(product_id, 'unknown') as product
    from {{ ref('int_survey_answers') }}
    where measure = 'nps'
),

calendar as (
    select * from {{ ref('int_calendar') }}
),

dimensions as (
    select dimension from {{ source('control', 'dimensions') }}
),

{{ summed_by_period('answers', ['measure'], sums, dimensions=['product']) }}

select
    grain,
    period_start,
    dimension,
    dimension_value,
    {%- for column, aggregate in sums %}
    {%- set data_type = 'double' if column.startswith('score') else 'bigint' %}
    cast({{ column }} as {{ data_type }}) as {{ column }},
    {%- endfor %}
    measure
from periods
