{#-
  Fails for each combination of `columns` that stands in more than one row, and for each row where one of `required` is null.
  One query for both: a test costs a build more by being one than by what it reads.
-#}
{% test unique_combination(model, columns, required=[]) %}
select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1
{%- if required %}
union all
select
    {{ columns | join(', ') }},
    1 as row_count
from {{ model }}
where {{ required | join(' is null or ') }} is null
{%- endif %}
{% endtest %}
