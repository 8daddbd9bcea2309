{#- Bounds of the 95 % score interval of a Poisson mean, for an observed count. -#}
{% macro poisson_low(observed) -%}
{{ _poisson_bound(observed, '-') }}
{%- endmacro %}

{% macro poisson_high(observed) -%}
{{ _poisson_bound(observed, '+') }}
{%- endmacro %}

{% macro _poisson_bound(observed, side) -%}
{%- set z = normal_975() -%}
greatest(0.0, cast({{ observed }} as double) + {{ z * z / 2 }} {{ side }} {{ z }} * sqrt(cast({{ observed }} as double) + {{ z * z / 4 }}))
{%- endmacro %}
