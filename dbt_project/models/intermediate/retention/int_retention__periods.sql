with ranges as (
    select * from {{ ref('int_activity__ranges') }}
),

periods as (
    select * from {{ ref('int_periods') }}
),

joined as (
    select
        periods.grain,
        periods.period_start,
        periods.period_end,
        periods.is_complete,
        ranges.dimension,
        ranges.dimension_value,
        ranges.customers,
        ranges.first_instant <= periods.period_number and ranges.last_instant >= periods.period_number as covers_start,
        ranges.first_instant <= periods.period_number + 1
        and ranges.last_instant >= periods.period_number + 1 as covers_end,
        ranges.last_instant = periods.period_number and ranges.is_followed as resumes_by_end,
        ranges.first_instant = periods.period_number + 1 and ranges.starts_as_new as is_new
    from ranges
    inner join periods
        on
            ranges.grain = periods.grain
            and ranges.first_instant <= periods.period_number + 1
            and ranges.last_instant >= periods.period_number
)

select
    grain,
    period_start,
    period_end,
    dimension,
    dimension_value,
    cast(sum(case when covers_start then customers else 0 end) as bigint) as active_at_start,
    cast(sum(case when covers_end then customers else 0 end) as bigint) as active_at_end,
    cast(sum(case when covers_start and (covers_end or resumes_by_end) then customers else 0 end) as bigint)
        as retained,
    cast(sum(case when is_new then customers else 0 end) as bigint) as new_customers,
    is_complete
from joined
group by grain, period_start, period_end, dimension, dimension_value, is_complete
