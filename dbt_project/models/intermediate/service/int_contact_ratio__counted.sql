with support as (
    select * from {{ ref('int_support__counted') }}
),

transactions as (
    select * from {{ ref('int_transactions__counted') }}
),

-- Before the first request nobody wrote requests down: that there were none is not known.
first_periods as (
    select
        grain,
        min(period_start) as period_start
    from support
    group by grain
),

channels as (
    select distinct
        dimension,
        dimension_value
    from support
    where dimension = 'channel'
),

-- A request has a channel of its own, which is not that of an order: each channel is held against all transactions.
denominators as (
    select
        transactions.grain,
        transactions.period_start,
        transactions.dimension,
        transactions.dimension_value,
        transactions.transaction_count
    from transactions
    union all
    select
        transactions.grain,
        transactions.period_start,
        channels.dimension,
        channels.dimension_value,
        transactions.transaction_count
    from transactions
    cross join channels
    where transactions.dimension = 'total'
)

select
    denominators.grain,
    denominators.period_start,
    denominators.dimension,
    denominators.dimension_value,
    coalesce(support.request_count, 0) as request_count,
    denominators.transaction_count
from denominators
inner join first_periods
    on denominators.grain = first_periods.grain and denominators.period_start >= first_periods.period_start
left join support
    on
        denominators.grain = support.grain
        and denominators.period_start = support.period_start
        and denominators.dimension = support.dimension
        and denominators.dimension_value = support.dimension_value
