{#-
  The most purchases of products that one customer is believed to make within one stretch of the affinity window. Above it an id stands
  for many people, as that of a till without loyalty cards does: what they bought was not bought together, and the pairs of all of it
  would be billions.
-#}
{% macro most_purchases_of_a_person() -%}
{{ return(5000) }}
{%- endmacro %}
