{#-
  Bounds of the 95 % interval of the ratio of two disjoint counts of one sample, a to b. Of the a + b, a share p is in a, and
  a / b = p / (1 - p): the odds carry Wilson's bounds of p over. Null where b is zero, as the ratio is.
-#}
{% macro ratio_of_parts_low(a, b) -%}
{{ _odds_of_bound(wilson_low(a, '(' ~ a ~ ' + ' ~ b ~ ')'), b) }}
{%- endmacro %}

{% macro ratio_of_parts_high(a, b) -%}
{{ _odds_of_bound(wilson_high(a, '(' ~ a ~ ' + ' ~ b ~ ')'), b) }}
{%- endmacro %}

{% macro _odds_of_bound(bound, b) -%}
(case when {{ b }} > 0 then {{ safe_divide(bound, '(1 - ' ~ bound ~ ')') }} end)
{%- endmacro %}

{#- Standard error of the ratio of two disjoint counts of one sample, a to b, by the delta method. -#}
{% macro ratio_of_parts_standard_error(a, b) -%}
sqrt({{ safe_divide('cast(' ~ a ~ ' as double) * (' ~ a ~ ' + ' ~ b ~ ')', 'power(cast(' ~ b ~ ' as double), 3)') }})
{%- endmacro %}
