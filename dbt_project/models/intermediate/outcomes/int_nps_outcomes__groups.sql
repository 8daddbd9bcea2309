with units as (
    select * from {{ ref('int_nps_outcomes__units') }}
),

dimensions as (
    select * from {{ ref('int_customer_dimensions') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

mature as (
    {%- for days in outcome_horizons() %}
    select
        units.grain,
        units.period_start,
        units.period_end,
        units.customer_id,
        units.response_group,
        {{ days }} as horizon_days,
        units.is_active,
        units.is_active and units.is_active_{{ days }} as is_retained,
        units.has_purchased_{{ days }} as has_purchased,
        units.revenue_{{ days }} as revenue_amount,
        {{ add_days('units.period_end', days - 1) }} <= parameters.as_of_date as is_complete
    from units
    inner join parameters on {{ add_days('units.time_zero_on', days) }} <= parameters.as_of_date
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

-- Decimals are summed exactly, whatever the order of the rows.
select
    mature.grain,
    mature.period_start,
    mature.period_end,
    dimensions.dimension,
    dimensions.dimension_value,
    mature.response_group,
    mature.horizon_days,
    count(*) as customers,
    count(*) filter (where mature.is_active) as active_customers,
    count(*) filter (where mature.is_retained) as retained_customers,
    count(*) filter (where mature.has_purchased) as purchased_customers,
    cast(sum(mature.revenue_amount) as decimal(38, 4)) as revenue_amount,
    cast(sum({{ exact_product('mature.revenue_amount', 'mature.revenue_amount') }}) as double) as revenue_square_sum,
    mature.is_complete
from mature
inner join dimensions on mature.customer_id = dimensions.customer_id
group by
    mature.grain,
    mature.period_start,
    mature.period_end,
    dimensions.dimension,
    dimensions.dimension_value,
    mature.response_group,
    mature.horizon_days,
    mature.is_complete
