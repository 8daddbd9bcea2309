with lifetimes as (
    select * from {{ ref('int_contract_lifetimes') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
    where grain in ('month', 'quarter', 'year')
),

cohorts as (
    select
        lifetimes.*,
        calendar.grain,
        calendar.period_start as cohort_start,
        calendar.period_end as cohort_end
    from lifetimes
    inner join calendar on lifetimes.first_started_on = calendar.date_day
    union all
    select
        lifetimes.*,
        'total' as grain,
        cast(null as date) as cohort_start,
        cast(null as date) as cohort_end
    from lifetimes
),

members as (
    select
        cohorts.*,
        'total' as dimension,
        'total' as dimension_value
    from cohorts
    union all
    select
        cohorts.*,
        'plan' as dimension,
        coalesce(cohorts.plan_id, 'unknown') as dimension_value
    from cohorts
),

-- Every curve begins at day 0, where everyone is at risk.
times as (
    select
        grain,
        cohort_start,
        cohort_end,
        dimension,
        dimension_value,
        observed_days,
        count(*) filter (where is_churned) as event_count,
        count(*) filter (where not is_churned) as censored_count
    from members
    group by grain, cohort_start, cohort_end, dimension, dimension_value, observed_days
    union all
    select distinct
        grain,
        cohort_start,
        cohort_end,
        dimension,
        dimension_value,
        0 as observed_days,
        0 as event_count,
        0 as censored_count
    from members
),

final as (
    select
        *,
        sum(event_count + censored_count)
            over (partition by grain, cohort_start, dimension, dimension_value)
            as cohort_size,
        sum(event_count + censored_count) over (
            partition by grain, cohort_start, dimension, dimension_value
            order by observed_days desc
            rows between unbounded preceding and current row
        ) as at_risk_count
    from times
)

select
    grain,
    cohort_start,
    cohort_end,
    dimension,
    dimension_value,
    observed_days,
    cast(cohort_size as bigint) as cohort_size,
    cast(at_risk_count as bigint) as at_risk_count,
    cast(event_count as bigint) as event_count,
    cast(censored_count as bigint) as censored_count
from final
