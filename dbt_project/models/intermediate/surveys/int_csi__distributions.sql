with items as (
    select * from {{ ref('int_survey_items') }}
    where measure = 'csi_satisfaction'
)

{% for level in ['parameter', 'block'] -%}
select
    grain,
    period_start,
    dimension,
    dimension_value,
    '{{ level }}' as level,
    block,
    {{ 'parameter' if level == 'parameter' else "'total'" }} as parameter,
    cast(sum(high_count) as bigint) as satisfied_count,
    {%- for point in range(11) %}
    case
        when {{ common_value('scale_min', 'scale_max') }} is not null
            then {{ safe_divide('sum(answer_' ~ point ~ '_count)', 'sum(answer_count)') }}
    end as answer_{{ point }}_share,
    {%- endfor %}
    cast(sum(answer_count) as bigint) as answer_count
from items
group by grain, period_start, dimension, dimension_value, block{{ ', parameter' if level == 'parameter' }}
{% if not loop.last -%}
union all
{% endif -%}
{%- endfor %}
