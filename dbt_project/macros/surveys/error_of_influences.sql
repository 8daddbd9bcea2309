{#-
  Delta-method standard error of a statistic from the influence of each respondent on it; null for a single respondent.
  Influences sum to zero, so that their squares need no mean taken off.
-#}
{% macro error_of_influences(influence) -%}
case
    when count(*) > 1
        then {{ significant('sqrt(count(*) / (count(*) - 1e0) * sum(' ~ influence ~ ' * ' ~ influence ~ '))') }}
end
{%- endmacro %}
