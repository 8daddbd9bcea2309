{#-
  The value that a column has in every row of a group, where another column is the same in every row too; null where either
  differs or is missing somewhere: the two ends of a scale are common or neither is.
-#}
{% macro common_value(column, other) -%}
case
    when count(*) = count({{ column }}) and count(*) = count({{ other }})
        and min({{ column }}) = max({{ column }}) and min({{ other }}) = max({{ other }})
        then min({{ column }})
end
{%- endmacro %}
