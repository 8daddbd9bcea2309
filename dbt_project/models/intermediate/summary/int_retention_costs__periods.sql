with costs as (
    select * from {{ ref('stg_retention_costs') }}
),

fx_rates as (
    select * from {{ ref('stg_fx_rates') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
    where grain in ('month', 'quarter', 'year')
),

dimensions as (
    select dimension from {{ source('control', 'dimensions') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

converted as (
    select
        costs.month,
        costs.segment,
        case
            when coalesce(costs.currency, parameters.currency) = parameters.currency then costs.amount
            else {{ converted_amount('costs.amount', 'fx_rates.rate') }}
        end as cost_amount
    from costs
    inner join parameters on costs.month <= parameters.as_of_date
    left join fx_rates
        on
            costs.currency = fx_rates.currency
            and costs.month = fx_rates.rate_on
),

-- A cost that names no segment was for everybody: it is in the total, and no segment bears it.
dimensioned as (
    select
        month,
        'total' as dimension,
        'total' as dimension_value,
        cost_amount
    from converted
    union all
    select
        converted.month,
        dimensions.dimension,
        converted.segment as dimension_value,
        converted.cost_amount
    from converted
    inner join dimensions on dimensions.dimension = 'segment'
    where converted.segment is not null
)

select
    calendar.grain,
    calendar.period_start,
    calendar.period_end,
    dimensioned.dimension,
    dimensioned.dimension_value,
    cast(sum(dimensioned.cost_amount) as decimal(18, 4)) as cost_amount
from dimensioned
inner join calendar on dimensioned.month = calendar.date_day
group by
    calendar.grain,
    calendar.period_start,
    calendar.period_end,
    dimensioned.dimension,
    dimensioned.dimension_value
