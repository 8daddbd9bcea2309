{#- Fails for each row where one of `columns` is null; for models whose rows have no key. -#}
{% test never_null(model, columns) %}
select {{ columns | join(', ') }}
from {{ model }}
where {{ columns | join(' is null or ') }} is null
{% endtest %}
