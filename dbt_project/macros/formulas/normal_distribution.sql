{#-
  The upper tail of the standard normal distribution above |z|, to about 1e-15 relative: Hart's rational
  approximation (Hart, Computer Approximations, 1968, no. 5666) up to 7.07, and a continued fraction beyond it.
-#}
{% macro normal_upper_tail(z) -%}
{%- set x = 'abs(' ~ z ~ ')' -%}
{%- set above = [
    0.0352624965998911, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871, 221.213596169931,
    220.206867912376
] -%}
{%- set below = [
    0.0883883476483184, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831,
    793.826512519948, 440.413735824752
] -%}
(exp(-{{ x }} * {{ x }} / 2) * case
    when {{ x }} > 37 then 0.0
    when {{ x }} < 7.07106781186547 then {{ polynomial(above, x) }} / {{ polynomial(below, x) }}
    else 1 / ({{ x }} + 1 / ({{ x }} + 2 / ({{ x }} + 3 / ({{ x }} + 4 / ({{ x }} + 0.65))))) / 2.506628274631
end)
{%- endmacro %}

{#- A polynomial by Horner's rule; the coefficient of the highest power comes first. -#}
{% macro polynomial(coefficients, x) -%}
{%- set ns = namespace(sql=coefficients[0] | string) -%}
{%- for coefficient in coefficients[1:] -%}
{%- set ns.sql = '(' ~ ns.sql ~ ' * ' ~ x ~ ' + ' ~ coefficient ~ ')' -%}
{%- endfor -%}
{{ ns.sql }}
{%- endmacro %}

{#- The two-sided p-value of a normal test statistic. -#}
{% macro two_sided_p_value(z) -%}
(2 * {{ normal_upper_tail(z) }})
{%- endmacro %}
