{#-
  Standard error of a mean from the count, the sum and the sum of squares; null for fewer than two values. Written so that sums
  of whole numbers give an exact zero where all values are equal.
-#}
{% macro standard_error_of_mean(n, total, total_of_squares) -%}
(case
    when {{ n }} > 1 then sqrt(
        greatest(0.0, cast({{ n }} as double) * {{ total_of_squares }} - cast({{ total }} as double) * {{ total }})
        / (cast({{ n }} as double) * {{ n }} * ({{ n }} - 1))
    )
end)
{%- endmacro %}
