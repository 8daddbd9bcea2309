{#- The first level of a category path: `Dairy` of `Dairy > Milk > Pasteurised`. -#}
{% macro top_category(category_path) -%}
trim({{ dbt.split_part(category_path, "'>'", 1) }})
{%- endmacro %}
