{#-
  Two CTEs, `daily` and `periods`, that sum rows over the periods in which they count, in total and along each configured dimension.

  `relation` has one column per dimension but the total, those of `keys`, and counted_on, superseded_on (null where no later row
  takes the place of this one) and is_own_brand. `sums` are pairs of a name and an aggregate of the relation's rows. The CTEs
  `calendar` and `dimensions` stand before. `periods` has grain, period_start, dimension, dimension_value, the keys and the sums.

  Summed by day first: every period is a sum of its days, except for the rows superseded within it. What is said of
  competitors counts in the dimension `brand` only.
-#}
{% macro summed_by_period(relation, keys, sums, dimensions=survey_dimensions()) -%}
daily as (
    {%- for dimension in dimensions %}
    select
        '{{ dimension }}' as dimension,
        {{ "'total'" if dimension == 'total' else dimension }} as dimension_value,
        {%- for column in keys %}
        {{ column }},
        {%- endfor %}
        {%- for name, aggregate in sums %}
        {{ aggregate }} as {{ name }},
        {%- endfor %}
        counted_on,
        superseded_on
    from {{ relation }}
    where
        '{{ dimension }}' in (select dimensions.dimension from dimensions)
        {%- if dimension != 'brand' %}
        and is_own_brand
        {%- endif %}
    group by {% for column in ([] if dimension == 'total' else [dimension]) + keys %}{{ column }}, {% endfor %}counted_on, superseded_on
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

periods as (
    select
        calendar.grain,
        calendar.period_start,
        {%- for column in keys %}
        daily.{{ column }},
        {%- endfor %}
        {%- for name, aggregate in sums %}
        sum(daily.{{ name }}) as {{ name }},
        {%- endfor %}
        daily.dimension,
        daily.dimension_value
    from daily
    inner join calendar on daily.counted_on = calendar.date_day
    where daily.superseded_on is null or daily.superseded_on >= calendar.period_end
    group by
        calendar.grain,
        calendar.period_start,
        {%- for column in keys %}
        daily.{{ column }},
        {%- endfor %}
        daily.dimension,
        daily.dimension_value
)
{%- endmacro %}
