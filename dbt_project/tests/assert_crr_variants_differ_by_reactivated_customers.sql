-- METRICS 1.2 and 1.3: crr_simple - crr = reactivated / active at start, and churn = 1 - crr. The reactivated are counted anew from
-- each customer's spans, not from the ranges that the rates come from; by year, which every customer's spans allow at any size.
with spans as (
    select * from {{ ref('int_activity__spans') }}
),

years as (
    select
        periods.period_start,
        least(periods.period_end, {{ add_days('parameters.as_of_date', 1) }}) as end_instant
    from {{ ref('int_periods') }} as periods
    cross join {{ source('control', 'run_parameters') }} as parameters
    where periods.grain = 'year'
),

customer_years as (
    select
        years.period_start,
        spans.customer_id,
        min(spans.active_from) as first_seen_from,
        max(case
            when spans.active_from <= years.period_start and years.period_start < spans.active_to then 1 else 0
        end) as at_start,
        max(case
            when spans.active_from <= years.end_instant and years.end_instant < spans.active_to then 1 else 0
        end) as at_end
    from spans
    inner join years on spans.active_from <= years.end_instant
    group by years.period_start, spans.customer_id
),

expected as (
    select
        period_start,
        sum(at_start) as active_at_start,
        sum(case when at_start = 0 and at_end = 1 and first_seen_from <= period_start then 1 else 0 end) as reactivated
    from customer_years
    group by period_start
),

published as (
    select
        period_start,
        max(case when metric_id = 'crr' then value end) as crr,
        max(case when metric_id = 'crr_simple' then value end) as crr_simple,
        max(case when metric_id = 'churn_rate_start_base' then value end) as churn_rate
    from {{ ref('int_kpi__retention') }}
    where grain = 'year' and dimension = 'total'
    group by period_start
),

compared as (
    select
        expected.period_start,
        published.crr,
        published.churn_rate,
        published.crr_simple - published.crr as difference,
        {{ safe_divide('expected.reactivated', 'expected.active_at_start') }} as reactivated_rate
    from expected
    left join published on expected.period_start = published.period_start
    where expected.active_at_start > 0
)

select
    period_start,
    difference,
    reactivated_rate
from compared
where
    crr is null
    or abs(difference - reactivated_rate) > 1e-12
    or abs(churn_rate - (1 - crr)) > 1e-12
