{#-
  A decimal(18, 4) amount over a small integer, rounded half up to the cent, as decimal(18, 2). Integers do the rounding, because
  division gives a double on both engines: 1.26 / 12 is 0.105, which a double holds as less. Exact for amounts below 10^11.
-#}
{% macro divide_to_cents(amount, divisor) -%}
cast(
    cast(floor(
        (2 * cast({{ amount }} * 10000 as bigint) + 100 * {{ divisor }}) / (200 * {{ divisor }})
    ) as bigint) * cast(0.01 as decimal(3, 2))
    as decimal(18, 2)
)
{%- endmacro %}
