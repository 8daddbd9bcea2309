{%- set cell = 'period_start, dimension, dimension_value, event_kind, compared_group' -%}
with exits as (
    select * from {{ ref('int_nps_outcomes__exits') }}
),

-- Who leaves on a day, by the event or by the end of follow-up, was at risk on it.
risk_sets as (
    select
        *,
        cast(sum(group_exits) over from_here as double) as group_at_risk,
        cast(sum(all_exits) over from_here as double) as all_at_risk
    from exits
    window from_here as (
        partition by {{ cell }}
        order by days
        rows between current row and unbounded following
    )
),

terms as (
    select
        *,
        group_events - all_events * group_at_risk / all_at_risk as excess,
        case
            when all_at_risk > 1
                then
                    all_events * (group_at_risk / all_at_risk) * (1 - group_at_risk / all_at_risk)
                    * (all_at_risk - all_events) / (all_at_risk - 1)
            else 0
        end as variance
    from risk_sets
    where all_events > 0
),

summed as (
    select
        {{ cell }},
        {{ safe_divide('sum(excess)', 'sqrt(sum(variance))') }} as z
    from terms
    group by {{ cell }}
)

select
    {{ cell }},
    z,
    {{ two_sided_p_value('z') }} as p_value
from summed
