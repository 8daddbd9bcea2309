{#-
  Whether an answer is about the company and not about a competitor: its brand is one of ours, or none is told, or all are ours. Reads the
  CTE `own_brands`; `brand` is a column of `int_survey_answers`.
-#}
{% macro is_about_us(brand) -%}
(
    {{ brand }} = 'unknown'
    or {{ brand }} in (select own_brands.brand from own_brands)
    or not exists (select own_brands.brand from own_brands)
)
{%- endmacro %}
