with costs as (
    select * from {{ ref('int_retention_costs__periods') }}
),

profits as (
    select * from {{ ref('int_retention_costs__profits') }}
),

retention as (
    select * from {{ ref('int_retention__periods') }}
    where retained > 0
),

measured as (
    select
        retention.grain,
        retention.period_start,
        retention.period_end,
        retention.dimension,
        retention.dimension_value,
        retention.retained,
        retention.is_complete,
        costs.cost_amount,
        profits.gross_profit_amount
    from retention
    inner join costs
        on
            retention.grain = costs.grain
            and retention.period_start = costs.period_start
            and retention.dimension = costs.dimension
            and retention.dimension_value = costs.dimension_value
    left join profits
        on
            retention.grain = profits.grain
            and retention.period_start = profits.period_start
            and retention.dimension = profits.dimension
            and retention.dimension_value = profits.dimension_value
),

ratios as (
    {%- for metric_id, denominator in [('crc', 'retained'), ('crc_to_gross_profit', 'gross_profit_amount')] %}
    select
        '{{ metric_id }}' as metric_id,
        *,
        {{ safe_divide('cost_amount', denominator) }} as value,
        cast({{ denominator }} as double) as denominator
    from measured
    where {{ denominator }} > 0
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    metric_id,
    grain,
    period_start,
    period_end,
    dimension,
    dimension_value,
    value,
    cast(cost_amount as double) as numerator,
    denominator,
    retained as n,
    cast(retained as double) as n_effective,
    cast(null as double) as ci_low,
    cast(null as double) as ci_high,
    cast(null as double) as standard_error,
    is_complete
from ratios
