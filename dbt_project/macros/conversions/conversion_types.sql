{#- Every type that a conversion can have; each conversion has exactly one. -#}
{% macro conversion_types() -%}
{{ return(stated_conversion_types() + ['unclassified']) }}
{%- endmacro %}

{#- The types that a source may state by itself in `offer_type`; `unclassified` states nothing. -#}
{% macro stated_conversion_types() -%}
{{ return(['acquisition', 'upsell', 'downsell', 'cross_sell', 'repeat', 'switch']) }}
{%- endmacro %}
