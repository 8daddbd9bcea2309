with terms as (
    select * from {{ ref('int_contract_terms') }}
    where not is_trial
),

stretches as (
    select * from {{ ref('int_contracts__in_force') }}
    where not is_trial
),

calendar as (
    select * from {{ ref('int_calendar') }}
),

periods as (
    select * from {{ ref('int_periods') }}
    where grain in ('month', 'quarter', 'year')
),

active as (
    select
        stretches.contract_id,
        min(stretches.customer_id) as customer_id,
        periods.grain,
        periods.period_start
    from stretches
    inner join periods
        on
            stretches.in_force_from < periods.period_end
            and (stretches.in_force_to is null or stretches.in_force_to > periods.period_start)
    group by stretches.contract_id, periods.grain, periods.period_start
),

cancelled as (
    select distinct
        terms.contract_id,
        calendar.grain,
        calendar.period_start
    from terms
    inner join calendar on terms.cancelled_on = calendar.date_day
)

select
    active.contract_id,
    active.customer_id,
    active.grain,
    active.period_start,
    cancelled.contract_id is not null as is_cancelled
from active
left join cancelled
    on
        active.contract_id = cancelled.contract_id
        and active.grain = cancelled.grain
        and active.period_start = cancelled.period_start
