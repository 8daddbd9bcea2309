with renewals as (
    select * from {{ ref('int_contract_renewals') }}
),

first_cycles as (
    select * from {{ ref('int_contract_first_cycles') }}
),

contract_periods as (
    select * from {{ ref('int_contract_periods') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
    where grain in ('month', 'quarter', 'year')
)

select
    'term' as subject,
    renewals.customer_id,
    calendar.grain,
    calendar.period_start,
    renewals.renewal_state = 'stopped' as is_success,
    renewals.renewal_state = 'not_yet_due' as is_pending
from renewals
inner join calendar on renewals.ended_on = calendar.date_day
union all
select
    'first_cycle' as subject,
    first_cycles.customer_id,
    calendar.grain,
    calendar.period_start,
    first_cycles.renewal_state = 'renewed' as is_success,
    first_cycles.renewal_state = 'not_yet_due' as is_pending
from first_cycles
inner join calendar on first_cycles.started_on = calendar.date_day
union all
-- A source that records no notices would otherwise show a cancellation rate of 0.
select
    'contract' as subject,
    contract_periods.customer_id,
    contract_periods.grain,
    contract_periods.period_start,
    contract_periods.is_cancelled as is_success,
    false as is_pending
from contract_periods
where
    exists (
        select 1 from {{ ref('int_contract_terms') }} as terms
        where terms.cancelled_on is not null
    )
