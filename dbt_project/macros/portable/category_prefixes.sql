{#-
  A subquery of the beginnings of each path in `relation`: `category_path`, its `depth`, and per level `prefix_depth` and
  `category_prefix`. "Dairy > Milk" gives "Dairy" (1 of 2) and "Dairy > Milk" (2 of 2).
-#}
{% macro category_prefixes(relation) -%}
{{ return(adapter.dispatch('category_prefixes')(relation)) }}
{%- endmacro %}

{% macro default__category_prefixes(relation) -%}
select
    category_path,
    len(levels) as depth,
    prefix_depth,
    array_to_string(list_slice(levels, 1, prefix_depth), ' > ') as category_prefix
from (
    select
        category_path,
        levels,
        unnest(generate_series(1, len(levels))) as prefix_depth
    from (select category_path, string_split(category_path, ' > ') as levels from {{ relation }}) as paths
) as exploded
{%- endmacro %}

{% macro spark__category_prefixes(relation) -%}
select
    category_path,
    size(levels) as depth,
    prefix_depth,
    array_join(slice(levels, 1, prefix_depth), ' > ') as category_prefix
from (
    select
        category_path,
        levels,
        explode(sequence(1, size(levels))) as prefix_depth
    from (select category_path, split(category_path, ' > ') as levels from {{ relation }}) as paths
) as exploded
{%- endmacro %}
