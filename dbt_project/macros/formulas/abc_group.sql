{#-
  The group of an ABC analysis from the sales of all who sell more, and those of all: who crosses a cut still belongs to the
  group above it. The cuts are columns of `parameters`.
-#}
{% macro abc_group(larger_amount, total_amount) -%}
case
    when {{ larger_amount }} < parameters.abc_a_cut * {{ total_amount }} then 'A'
    when {{ larger_amount }} < parameters.abc_b_cut * {{ total_amount }} then 'B'
    else 'C'
end
{%- endmacro %}
