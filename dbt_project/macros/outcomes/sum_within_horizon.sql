{#-
  The sum of `value` over what lies within so many days after the answer. Reads `observations.time_zero_on`; the caller joins only what
  comes after that day.
-#}
{% macro sum_within_horizon(value, date, days) -%}
sum(case when {{ date }} <= {{ add_days('observations.time_zero_on', days) }} then {{ value }} else 0 end)
{%- endmacro %}
