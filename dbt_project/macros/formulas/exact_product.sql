{#-
  The exact product of two decimals of up to 18 digits. DuckDB computes it in 18 digits where both factors have no more, and then
  fails from 10^10 on: one digit more in one factor gives it 38, as Spark has.
-#}
{% macro exact_product(left, right) -%}
(cast({{ left }} as decimal(19, 4)) * {{ right }})
{%- endmacro %}

{#- An amount at an exchange rate, rounded to the four digits that amounts have; decimal all the way. -#}
{% macro converted_amount(amount, rate) -%}
cast(round(({{ amount }}) * cast({{ rate }} as decimal(19, 12)), 4) as decimal(18, 4))
{%- endmacro %}
