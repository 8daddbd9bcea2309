-- A missing cell would read as no data where nobody came; `on` may not exceed `on_or_after`, which may not rise with the offset.
with cells as (
    select * from {{ ref('int_cohorts__by_calendar') }}
    union all
    select * from {{ ref('int_cohorts__rolling') }}
),

neighbours as (
    select
        *,
        lag(period_offset, 1, -1)
            over (partition by grain, kind, cohort_start order by period_offset)
            as previous_offset,
        lag(retained) over (partition by grain, kind, cohort_start order by period_offset) as previous_retained,
        max(case when kind = 'on' then retained end)
            over (partition by grain, cohort_start, period_offset)
            as retained_on
    from cells
)

select
    grain,
    kind,
    cohort_start,
    period_offset
from neighbours
where
    period_offset <> previous_offset + 1
    or retained > denominator
    or denominator > cohort_size
    or (kind = 'on_or_after' and (retained > coalesce(previous_retained, retained) or retained < retained_on))
    or (kind <> 'rolling' and period_offset = 0 and retained <> cohort_size)
