{#-
  A double rounded half up to so many digits after the point. Written out, because the engines' own functions disagree on halves that no
  double holds: DuckDB scales and rounds, Spark rounds the shortest decimal, so that 1.005 becomes 1 or 1.01.
-#}
{% macro rounded(number, digits) -%}
(round(({{ number }}) * 1e{{ digits }}) / 1e{{ digits }})
{%- endmacro %}
