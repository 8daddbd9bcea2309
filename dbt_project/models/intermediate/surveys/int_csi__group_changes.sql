{%- set cell = 'grain, period_number, dimension, dimension_value, group_dimension' -%}
{%- set sums = ['satisfaction_count', 'index_share_sum', 'importance_count', 'importance_sum'] -%}
with groups as (
    select * from {{ ref('int_csi__groups') }}
),

-- A group of the period before is looked at in the period after it, too.
seen as (
    {%- for is_previous in [false, true] %}
    select
        grain,
        {{ 'period_number + 1 as period_number' if is_previous else 'period_number' }},
        dimension,
        dimension_value,
        group_dimension,
        group_value,
        {%- for sum in sums %}
        {{ 'cast(null as double)' if is_previous else sum }} as {{ sum }},
        {{ sum if is_previous else 'cast(null as double)' }} as previous_{{ sum }},
        {%- endfor %}
        parameter
    from groups
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

paired as (
    select
        {{ cell }},
        parameter,
        {%- for sum in sums %}
        coalesce(sum({{ sum }}), 0) as {{ sum }},
        coalesce(sum(previous_{{ sum }}), 0) as previous_{{ sum }},
        {%- endfor %}
        group_value
    from seen
    group by {{ cell }}, parameter, group_value
),

shared as (
    select
        {{ cell }},
        parameter,
        {%- for kind, mean, sum in [
            ('satisfaction', 'score', 'index_share_sum'), ('importance', 'importance', 'importance_sum')
        ] %}
        {%- for before in ['', 'previous_'] %}
        {{ safe_divide(before ~ kind ~ '_count', 'sum(' ~ before ~ kind ~ '_count) over answers') }}
            as {{ before }}{{ kind }}_share,
        {{ safe_divide(before ~ sum, before ~ kind ~ '_count') }} as {{ before }}{{ mean }},
        {%- endfor %}
        {%- endfor %}
        group_value
    from paired
    window answers as (partition by {{ cell }}, parameter)
),

-- Who is in one of the periods only has the same mean in the other: all that the group does is done by its share.
means as (
    select
        {{ cell }},
        parameter,
        {%- for mean in ['score', 'importance'] %}
        coalesce({{ mean }}, previous_{{ mean }}) as {{ mean }},
        coalesce(previous_{{ mean }}, {{ mean }}) as previous_{{ mean }},
        {%- endfor %}
        satisfaction_share,
        previous_satisfaction_share,
        importance_share,
        previous_importance_share
    from shared
)

select
    {{ cell }},
    {%- for mean, share in [('score', 'satisfaction_share'), ('importance', 'importance_share')] %}
    sum(({{ share }} + previous_{{ share }}) / 2 * ({{ mean }} - previous_{{ mean }})) as {{ mean }}_change_within,
    sum(({{ mean }} + previous_{{ mean }}) / 2 * ({{ share }} - previous_{{ share }})) as {{ mean }}_change_of_mix,
    {%- endfor %}
    parameter
from means
group by {{ cell }}, parameter
