{#- A subquery of one column `date_day`: every day from `first_day` to `last_day`, both included. -#}
{% macro days_between_inclusive(first_day, last_day, relation) -%}
{{ return(adapter.dispatch('days_between_inclusive')(first_day, last_day, relation)) }}
{%- endmacro %}

{% macro default__days_between_inclusive(first_day, last_day, relation) -%}
select cast(unnest(generate_series(cast({{ first_day }} as date), cast({{ last_day }} as date), interval 1 day)) as date) as date_day
from {{ relation }}
{%- endmacro %}

{% macro spark__days_between_inclusive(first_day, last_day, relation) -%}
select explode(sequence(cast({{ first_day }} as date), cast({{ last_day }} as date), interval 1 day)) as date_day
from {{ relation }}
{%- endmacro %}
