with answers as (
    select * from {{ ref('int_event_effects__answers') }}
    where measure = 'nps'
),

scores as (
    select
        event_id,
        side,
        count(*) as n,
        count(*) filter (where answer_group = 'high') as promoter_count,
        count(*) filter (where answer_group = 'low') as detractor_count
    from answers
    group by event_id, side
)

select
    event_id,
    side,
    n,
    100 * {{ safe_divide('promoter_count - detractor_count', 'n') }} as value,
    100 * {{ net_promoter_error('promoter_count', 'detractor_count', 'n') }} as standard_error,
    {{ net_promoter_low('promoter_count', 'detractor_count', 'n') }} as ci_low,
    {{ net_promoter_high('promoter_count', 'detractor_count', 'n') }} as ci_high
from scores
