{#-
  Incremental order facts are functions of one customer's rows. A run writes the rows of the customers whose input changed
  again, and only theirs: `is_touched` narrows the imports of a model, and the strategy
  `replace_touched_customers` deletes these customers' old rows, also of those who have none left.
-#}
{% macro is_touched(customer_id) -%}
{{ return(adapter.dispatch('is_touched')(customer_id)) }}
{%- endmacro %}

{% macro default__is_touched(customer_id) -%}
{%- if is_incremental() -%}
{{ customer_id }} in (select touched.customer_id from {{ source('control', 'touched_customers') }} as touched)
{%- else -%}
true
{%- endif -%}
{%- endmacro %}

{#- On Spark every build computes all rows anew. -#}
{% macro spark__is_touched(customer_id) -%}
true
{%- endmacro %}

{% macro get_incremental_replace_touched_customers_sql(arg_dict) -%}
{%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
delete from {{ arg_dict['target_relation'] }}
where customer_id in (select touched.customer_id from {{ source('control', 'touched_customers') }} as touched);

insert into {{ arg_dict['target_relation'] }} ({{ columns }})
select {{ columns }} from {{ arg_dict['temp_relation'] }}
{%- endmacro %}
