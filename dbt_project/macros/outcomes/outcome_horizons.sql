{#- The days after an answer, or after what stands for one, over which its consequences are counted. -#}
{% macro outcome_horizons() -%}
{{ return([90, 180, 365]) }}
{%- endmacro %}
