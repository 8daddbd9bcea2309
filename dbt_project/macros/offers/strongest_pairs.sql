{#-
  How many pairs of each product bought are looked at first when offers are chosen. It decides how much is looked at, never what
  comes out: where a pair beyond these could still be among a customer's offers, it is looked at as well.
-#}
{% macro strongest_pairs() -%}
{{ return(10) }}
{%- endmacro %}
