{#- The date `days` after `date` (before it where negative); both may be expressions. -#}
{% macro add_days(date, days) -%}
cast({{ dbt.dateadd('day', days, date) }} as date)
{%- endmacro %}

{#- The date `months` after `date`, the last day of the month where that day does not exist. -#}
{% macro add_months(date, months) -%}
cast({{ dbt.dateadd('month', months, date) }} as date)
{%- endmacro %}

{#- Days from one date to a later one; negative where it is earlier. -#}
{% macro days_between(earlier, later) -%}
{{ dbt.datediff(earlier, later, 'day') }}
{%- endmacro %}

{#- The first day of the calendar month, quarter or year of a date. -#}
{% macro start_of(grain, date) -%}
cast(date_trunc('{{ grain }}', {{ date }}) as date)
{%- endmacro %}
