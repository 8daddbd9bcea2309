{#- The indicators of the combined report with their blocks, in the order in which it is read. -#}
{% macro report_indicators() -%}
{{ return([
    ('price_satisfaction', 'price'),
    ('price_level', 'price'),
    ('defect_level', 'quality'),
    ('product_quality_index', 'quality'),
    ('deficit_level', 'service'),
    ('logistics_satisfaction', 'service'),
    ('sales_dynamics', 'client'),
    ('client_base_dynamics', 'client'),
]) }}
{%- endmacro %}
