{#-
  Degrees of freedom of the difference of two means by Welch and Satterthwaite, as a whole number, rounded down so that the interval is
  rather too wide. Each argument is a variance of a mean, or its group's n; null where neither varies.
  Source: Welch, B. L. (1947), Biometrika 34.
-#}
{% macro welch_degrees_of_freedom(variance_a, n_a, variance_b, n_b) -%}
cast(floor(
    ({{ variance_a }} + {{ variance_b }}) * ({{ variance_a }} + {{ variance_b }})
    / nullif(
        {{ variance_a }} * {{ variance_a }} / nullif({{ n_a }} - 1, 0)
        + {{ variance_b }} * {{ variance_b }} / nullif({{ n_b }} - 1, 0),
        0
    )
    + 1e-9
) as bigint)
{%- endmacro %}
