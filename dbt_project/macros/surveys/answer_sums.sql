{#- What is summed over the answers of a cell, as pairs of a name and an aggregate for `summed_by_period`. -#}
{% macro answer_sums() -%}
{%- set sums = [
    ('answer_count', 'count(*)'),
    ('score_sum', 'sum(score)'),
    ('score_square_sum', 'sum(score * score)'),
] -%}
{%- for group in ['high', 'middle', 'low'] -%}
{%- do sums.append((group ~ '_count', "count(*) filter (where answer_group = '" ~ group ~ "')")) -%}
{%- endfor -%}
{{ return(sums) }}
{%- endmacro %}
