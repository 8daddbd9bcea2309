with parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

contracts as (
    select * from {{ ref('stg_contracts') }}
),

-- Contracts may have begun before the company's reporting does; their cohorts need their periods.
bounds as (
    select
        parameters.as_of_date,
        parameters.week_start_offset,
        least(
            parameters.history_start,
            coalesce((select min(contracts.started_on) from contracts), parameters.history_start)
        ) as first_day
    from parameters
),

days as (
    {{ days_between_inclusive('first_day', 'as_of_date', 'bounds') }}
),

day_starts as (
    select
        days.date_day,
        bounds.as_of_date,
        {{ add_days(
            start_of('week', add_days('days.date_day', '-bounds.week_start_offset')), 'bounds.week_start_offset'
        ) }} as week_start,
        {{ start_of('month', 'days.date_day') }} as month_start,
        {{ start_of('quarter', 'days.date_day') }} as quarter_start,
        {{ start_of('year', 'days.date_day') }} as year_start
    from days
    cross join bounds
),

day_periods as (
    {%- for grain, period_start, period_end in [
        ('day', 'date_day', add_days('date_day', 1)),
        ('week', 'week_start', add_days('week_start', 7)),
        ('month', 'month_start', add_months('month_start', 1)),
        ('quarter', 'quarter_start', add_months('quarter_start', 3)),
        ('year', 'year_start', add_months('year_start', 12)),
    ] %}
    select
        date_day,
        as_of_date,
        '{{ grain }}' as grain,
        {{ period_start }} as period_start,
        {{ period_end }} as period_end
    from day_starts
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

final as (
    select
        date_day,
        grain,
        period_start,
        period_end,
        cast(dense_rank() over (partition by grain order by period_start) as integer) as period_number,
        period_end <= {{ add_days('as_of_date', 1) }} as is_complete
    from day_periods
)

select
    date_day,
    grain,
    period_start,
    period_end,
    period_number,
    is_complete
from final
