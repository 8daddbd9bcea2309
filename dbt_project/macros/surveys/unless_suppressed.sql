{#- A figure as a double; null where fewer than `minimum_n` stand behind it. -#}
{% macro unless_suppressed(expression, n, minimum_n) -%}
cast(case when {{ n }} >= {{ minimum_n }} then {{ expression }} end as double)
{%- endmacro %}
