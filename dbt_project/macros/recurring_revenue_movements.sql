{#- The movements of recurring revenue between two balances of a customer, in the order of the bridge. -#}
{% macro recurring_revenue_movements() -%}
{{ return(['new', 'reactivation', 'expansion', 'contraction', 'churn']) }}
{%- endmacro %}
