{#- The 97.5 % quantile of the standard normal distribution. -#}
{% macro normal_975() -%}
{{ return(1.959963984540054) }}
{%- endmacro %}

{#-
  The 97.5 % quantile of Student's t. `tabulated` is the column of a left join on the seed
  `student_t_quantiles` (1 to 200 degrees of freedom); above it the Cornish-Fisher expansion in 1/df,
  whose error there is below 1e-10 (Abramowitz and Stegun 26.7.5).
-#}
{% macro student_t_975(tabulated, degrees_of_freedom) -%}
{%- set z = normal_975() -%}
{%- set df = 'nullif(cast(' ~ degrees_of_freedom ~ ' as double), 0)' -%}
{%- set g1 = (z ** 3 + z) / 4 -%}
{%- set g2 = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96 -%}
{%- set g3 = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384 -%}
{%- set g4 = (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160 -%}
(case
    when {{ degrees_of_freedom }} >= 1 then coalesce(
        {{ tabulated }},
        {{ z }} + ({{ g1 }} + ({{ g2 }} + ({{ g3 }} + {{ g4 }} / {{ df }}) / {{ df }}) / {{ df }}) / {{ df }}
    )
end)
{%- endmacro %}
