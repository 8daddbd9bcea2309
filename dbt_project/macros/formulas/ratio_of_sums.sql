{#-
  Standard error of a ratio of sums over customers, Σy / Σx, by the delta method (linearization): with the deviations
  d = y · X − x · Y for X = Σx and Y = Σy, it is √(n / (n − 1) · Σd²) / X². `squared_deviations` is Σd²; the deviations are differences of exact
  decimals, so that customers who all kept the same share give exactly zero. Null below two customers, and where the deviations
  vanish: they then say nothing about the spread. Source: Cochran, Sampling Techniques (1977), 6.4.
-#}
{% macro ratio_of_sums_standard_error(squared_deviations, denominator, n) -%}
nullif(
    sqrt({{ safe_divide(n, n ~ ' - 1') }} * {{ squared_deviations }})
    / nullif(cast({{ denominator }} as double) * cast({{ denominator }} as double), 0),
    0
)
{%- endmacro %}
