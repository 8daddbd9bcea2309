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

{#-
  The same standard error from plain sums, which add up over days where the deviations do not: with r = Σy / Σx it is
  √(n / (n − 1) · Σ(y − r·x)²) / Σx, and Σ(y − r·x)² = Σy² − 2r·Σxy + r²·Σx². Null below two, and where the deviations vanish but for
  rounding.
-#}
{% macro ratio_of_sums_standard_error_from_sums(y, x, yy, xy, xx, n) -%}
{%- set ratio = safe_divide(y, x) -%}
{%- set scale = '(cast(' ~ yy ~ ' as double) + ' ~ ratio ~ ' * ' ~ ratio ~ ' * cast(' ~ xx ~ ' as double))' -%}
{%- set deviations = '(' ~ scale ~ ' - 2 * ' ~ ratio ~ ' * cast(' ~ xy ~ ' as double))' -%}
(case
    when {{ n }} > 1 and {{ deviations }} > 1e-12 * {{ scale }}
        then sqrt({{ safe_divide(n, n ~ ' - 1') }} * {{ deviations }}) / nullif(cast({{ x }} as double), 0)
end)
{%- endmacro %}
