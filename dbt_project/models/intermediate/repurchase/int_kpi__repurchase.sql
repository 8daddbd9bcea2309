with rates as (
    select * from {{ ref('int_repurchase__rates') }}
),

measures as (
    select * from {{ ref('int_purchase_intervals__measures') }}
    where measure <> 'purchase_interval_standard_deviation'
),

configured_windows as (
    select * from {{ source('control', 'repurchase_windows') }}
),

-- The plain metric is over a year; where no such window is configured, over the longest.
default_window as (
    select coalesce(max(case when window_days = 365 then window_days end), max(window_days)) as window_days
    from configured_windows
),

named_rates as (
    select
        rates.*,
        rates.rate_name as metric_id
    from rates
    inner join default_window on rates.window_days = default_window.window_days
    union all
    select
        rates.*,
        rates.rate_name || '_' || rates.window_name as metric_id
    from rates
    where rates.window_name in ('90', '180', 'lifetime')
)

select
    metric_id,
    grain,
    period_start,
    period_end,
    dimension,
    dimension_value,
    value,
    cast(numerator as double) as numerator,
    cast(denominator as double) as denominator,
    customers as n,
    cast(customers as double) as n_effective,
    ci_low,
    ci_high,
    standard_error,
    is_complete
from named_rates
union all
select
    measure as metric_id,
    grain,
    period_start,
    period_end,
    dimension,
    dimension_value,
    value,
    numerator,
    cast(n as double) as denominator,
    n,
    cast(n as double) as n_effective,
    ci_low,
    ci_high,
    standard_error,
    is_complete
from measures
