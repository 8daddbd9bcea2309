{#- A standard error without the rounding noise of answers that are all alike: zero where it is below 1e-12. -#}
{% macro significant(standard_error) -%}
(case when {{ standard_error }} >= 1e-12 then {{ standard_error }} when {{ standard_error }} is not null then 0.0 end)
{%- endmacro %}
