{#- The date `days` after `date` (before it where negative); both may be expressions. -#}
{% macro add_days(date, days) -%}
{{ return(adapter.dispatch('add_days')(date, days)) }}
{%- endmacro %}

{% macro default__add_days(date, days) -%}
cast({{ dbt.dateadd('day', days, date) }} as date)
{%- endmacro %}

{#- What dbt has for Spark goes over timestamps, and fails where a date is null. -#}
{% macro spark__add_days(date, days) -%}
date_add(cast({{ date }} as date), cast({{ days }} as int))
{%- endmacro %}

{#- The date `months` after `date`, the last day of the month where that day does not exist. -#}
{% macro add_months(date, months) -%}
{{ return(adapter.dispatch('add_months')(date, months)) }}
{%- endmacro %}

{% macro default__add_months(date, months) -%}
cast({{ dbt.dateadd('month', months, date) }} as date)
{%- endmacro %}

{% macro spark__add_months(date, months) -%}
add_months(cast({{ date }} as date), cast({{ months }} as int))
{%- endmacro %}

{#- Days from one date to a later one; negative where it is earlier. -#}
{% macro days_between(earlier, later) -%}
{{ return(adapter.dispatch('days_between')(earlier, later)) }}
{%- endmacro %}

{% macro default__days_between(earlier, later) -%}
{{ dbt.datediff(earlier, later, 'day') }}
{%- endmacro %}

{% macro spark__days_between(earlier, later) -%}
cast(datediff(cast({{ later }} as date), cast({{ earlier }} as date)) as bigint)
{%- endmacro %}

{#- The first day of the calendar month, quarter or year of a date. -#}
{% macro start_of(grain, date) -%}
cast(date_trunc('{{ grain }}', {{ date }}) as date)
{%- endmacro %}
