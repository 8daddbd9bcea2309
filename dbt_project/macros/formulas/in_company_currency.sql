{#-
  An amount of an order in company currency, by the columns is_company_currency and rate beside it; decimal all the way.
-#}
{% macro in_company_currency(amount) -%}
cast(case when is_company_currency then {{ amount }} else {{ converted_amount(amount, 'rate') }} end as decimal(18, 4))
{%- endmacro %}
