{#-
  The ratio of two counts of one group of customers, `part` over `rest`, as odds p / (1 - p) with p = part / (part + rest): the bounds
  are those of the Wilson interval of p, carried over. Null where `rest` is zero.
-#}
{% macro odds_low(part, rest) -%}
{{ _odds_bound(part, rest, wilson_low(part, '(' ~ part ~ ' + ' ~ rest ~ ')')) }}
{%- endmacro %}

{% macro odds_high(part, rest) -%}
{{ _odds_bound(part, rest, wilson_high(part, '(' ~ part ~ ' + ' ~ rest ~ ')')) }}
{%- endmacro %}

{% macro _odds_bound(part, rest, bound) -%}
(case when {{ rest }} > 0 then {{ bound }} / nullif(1 - {{ bound }}, 0) end)
{%- endmacro %}

{#- The standard error of that ratio by the delta method; null where it can't be estimated from a zero count. -#}
{% macro odds_standard_error(part, rest) -%}
(case
    when {{ part }} > 0 and {{ rest }} > 0
        then {{ safe_divide(part, rest) }} * sqrt({{ safe_divide(1, part) }} + {{ safe_divide(1, rest) }})
end)
{%- endmacro %}
