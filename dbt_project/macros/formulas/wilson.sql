{#-
  Bounds of the 95 % Wilson score interval of a proportion, for `successes` of `n`; null where n is zero.
  Source: Wilson, E. B. (1927), Journal of the American Statistical Association 22.
-#}
{% macro wilson_low(successes, n) -%}
{{ _wilson_bound(successes, n, '-') }}
{%- endmacro %}

{% macro wilson_high(successes, n) -%}
{{ _wilson_bound(successes, n, '+') }}
{%- endmacro %}

{% macro _wilson_bound(successes, n, side) -%}
{%- set z = normal_975() -%}
{%- set p = safe_divide(successes, n) -%}
{%- set trials = 'nullif(cast(' ~ n ~ ' as double), 0)' -%}
{#- Rounding must not carry a bound past 0 or 1, where it lies for no successes or no failures. -#}
(case when {{ n }} > 0 then least(1.0, greatest(0.0, (
    {{ p }} + {{ z * z / 2 }} / {{ trials }}
    {{ side }} {{ z }} * sqrt(
        greatest(0.0, {{ p }} * (1 - {{ p }}) / {{ trials }} + {{ z * z / 4 }} / ({{ trials }} * {{ trials }}))
    )
) / (1 + {{ z * z }} / {{ trials }}))) end)
{%- endmacro %}
