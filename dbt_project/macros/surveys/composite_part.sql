{#-
  The number of what an answer says within a composite score: for SERVQUAL the parameter asked about; the three questions of the ACSI
  are told apart by their measure, whatever parameter they name.
-#}
{% macro composite_part(measure, parameter_number) -%}
case when {{ measure }} like 'acsi%' then 0 else {{ parameter_number }} end
{%- endmacro %}
