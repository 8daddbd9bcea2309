{#-
  The two-sided p-value of Student's t, with any positive degrees of freedom: t is turned into the standard normal deviate of the same
  tail, to about 1e-6 from five degrees of freedom on. Source: Hill, G. W. (1970), Algorithm 395, Communications of the ACM 13, 617.
-#}
{% macro student_t_p_value(t, degrees_of_freedom) -%}
{%- set df = 'cast(' ~ degrees_of_freedom ~ ' as double)' -%}
{%- set a = '(' ~ df ~ ' - 0.5)' -%}
{%- set b = '(48 * ' ~ a ~ ' * ' ~ a ~ ')' -%}
{%- set z2 = '(' ~ a ~ ' * ln(1 + ' ~ t ~ ' * ' ~ t ~ ' / ' ~ df ~ '))' -%}
{%- set correction = '((((-0.4 * ' ~ z2 ~ ' - 3.3) * ' ~ z2 ~ ' - 24) * ' ~ z2 ~ ' - 85.5) / (0.8 * ' ~ z2 ~ ' * ' ~ z2
    ~ ' + 100 + ' ~ b ~ ') + ' ~ z2 ~ ' + 3)' -%}
{{ two_sided_p_value('((' ~ correction ~ ' / ' ~ b ~ ' + 1) * sqrt(' ~ z2 ~ '))') }}
{%- endmacro %}
