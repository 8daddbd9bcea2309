with prices as (
    select * from {{ ref('stg_competitor_prices') }}
),

period_months as (
    select * from {{ ref('int_period_months') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
    where grain = 'month'
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- The latest of the month first, as the latest of a year is that of its last observed month.
monthly as (
    select
        calendar.period_number as month_number,
        prices.product_id,
        prices.competitor,
        prices.observed_on,
        prices.own_price,
        prices.competitor_price,
        coalesce(prices.currency, parameters.currency) as currency
    from prices
    inner join calendar on prices.observed_on = calendar.date_day
    cross join parameters
    qualify row_number() over (
        partition by prices.product_id, prices.competitor, calendar.period_number order by prices.observed_on desc
    ) = 1
),

latest as (
    select
        period_months.grain,
        period_months.period_start,
        monthly.*
    from monthly
    inner join period_months on monthly.month_number = period_months.month_number
    qualify row_number() over (
        partition by period_months.grain, period_months.period_start, monthly.product_id, monthly.competitor
        order by monthly.month_number desc
    ) = 1
)

select
    grain,
    period_start,
    product_id,
    competitor,
    observed_on,
    own_price,
    competitor_price,
    currency,
    least(100.0, 100 * {{ safe_divide('competitor_price', 'own_price') }}) as fact
from latest
