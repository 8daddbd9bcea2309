{#-
  How a quantity did against the period before, on 0 to 100: 100 where it grew or held, else what is left of it in percent. Null
  where there was nothing before.
-#}
{% macro dynamics(current_value, previous_value) -%}
case
    when {{ previous_value }} > 0 and {{ current_value }} >= {{ previous_value }} then 100.0
    when {{ previous_value }} > 0 then 100 * greatest(0.0, {{ safe_divide(current_value, previous_value) }})
end
{%- endmacro %}
