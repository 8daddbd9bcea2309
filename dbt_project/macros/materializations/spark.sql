{#-
  On Spark a model that is incremental elsewhere is a table like every other: Parquet cannot replace single rows, and what a night
  touches are customers, who lie in all months.
-#}
{% materialization incremental, adapter='spark' %}
  {{ return(materialization_table_spark()) }}
{% endmaterialization %}

{#-
  dbt compares a mart with its contract by what the driver tells of its columns, and Spark's driver tells of no decimal how many
  digits it has. Spark itself is asked instead.
-#}
{% macro spark__get_assert_columns_equivalent(sql) %}
  {%- set promised = {} -%}
  {%- for column in model['columns'].values() -%}
    {%- do promised.update({column['name']: _spark_type(column['data_type'])}) -%}
  {%- endfor -%}
  {%- set built = {} -%}
  {%- for row in run_query('describe query ' ~ sql) -%}
    {%- do built.update({row[0]: row[1]}) -%}
  {%- endfor -%}
  {%- if built != promised -%}
    {%- set differing = [] -%}
    {%- for name in (promised.keys() | list + built.keys() | list) | unique -%}
      {%- if promised.get(name) != built.get(name) -%}
        {%- do differing.append(name ~ ' is ' ~ built.get(name, 'missing') ~ ', promised ' ~ promised.get(name, 'nowhere')) -%}
      {%- endif -%}
    {%- endfor -%}
    {%- do exceptions.raise_compiler_error('The columns of ' ~ this ~ ' are not those of its contract: ' ~ differing | join('; ')) -%}
  {%- endif -%}
{% endmacro %}

{#- The name that Spark has for a type of a contract. -#}
{% macro _spark_type(data_type) -%}
{{ return({'varchar': 'string', 'integer': 'int', 'timestamp': 'timestamp_ntz'}.get(data_type, data_type | replace(' ', ''))) }}
{%- endmacro %}

{#- Parquet knows no constraints: what a contract says is never null is looked at once the table is there. -#}
{% macro spark__persist_constraints(relation, model) %}
  {%- set required = [] -%}
  {%- for column in model.columns.values() if column.constraints | selectattr('type', 'equalto', 'not_null') | list -%}
    {%- do required.append(column.name) -%}
  {%- endfor -%}
  {%- if required -%}
    {%- set found = run_query('select 1 from ' ~ relation ~ ' where ' ~ required | join(' is null or ') ~ ' is null limit 1') -%}
    {%- if found | length -%}
      {%- do exceptions.raise_compiler_error(relation ~ ' is null where its contract says that it never is: one of ' ~ required | join(', ')) -%}
    {%- endif -%}
  {%- endif -%}
{% endmacro %}
