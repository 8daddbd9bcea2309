{#- The dimensions that an answer can be counted along, the total first; each but the total is a column of `int_survey_answers`. -#}
{% macro survey_dimensions() -%}
{{ return(['total', 'segment', 'region', 'channel', 'product_category', 'employee', 'brand']) }}
{%- endmacro %}
