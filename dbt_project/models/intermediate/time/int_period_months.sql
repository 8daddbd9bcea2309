with periods as (
    select * from {{ ref('int_periods') }}
    where grain in ('month', 'quarter', 'year')
),

months as (
    select * from {{ ref('int_periods') }}
    where grain = 'month'
)

select
    periods.grain,
    periods.period_start,
    periods.period_end,
    periods.period_number,
    periods.is_complete,
    months.period_number as month_number,
    months.period_number = max(months.period_number) over (
        partition by periods.grain, periods.period_number
    ) as is_closing
from periods
inner join months
    on
        periods.period_start < months.period_end
        and periods.period_end > months.period_start
