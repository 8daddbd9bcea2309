{#-
  The adjusted Wald interval of a net promoter score, on -100 to 100 and cut there: three added answers, three quarters of a
  promoter and of a detractor and one and a half passives. The error is of the share of promoters less that of detractors.
-#}
{% macro net_promoter_error(promoters, detractors, n) -%}
sqrt(
    (
        ({{ promoters }} + {{ detractors }} + 1.5e0) / ({{ n }} + 3e0)
        - {{ _adjusted_net(promoters, detractors, n) }} * {{ _adjusted_net(promoters, detractors, n) }}
    ) / ({{ n }} + 3e0)
)
{%- endmacro %}

{% macro net_promoter_low(promoters, detractors, n) -%}
greatest(-100, 100 * (
    {{ _adjusted_net(promoters, detractors, n) }} - {{ normal_975() }} * {{ net_promoter_error(promoters, detractors, n) }}
))
{%- endmacro %}

{% macro net_promoter_high(promoters, detractors, n) -%}
least(100, 100 * (
    {{ _adjusted_net(promoters, detractors, n) }} + {{ normal_975() }} * {{ net_promoter_error(promoters, detractors, n) }}
))
{%- endmacro %}

{% macro _adjusted_net(promoters, detractors, n) -%}
(({{ promoters }} - {{ detractors }}) / ({{ n }} + 3e0))
{%- endmacro %}
