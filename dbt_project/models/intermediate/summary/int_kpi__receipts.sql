with cells as (
    select * from {{ ref('int_receipts__cells') }}
    where customer_count > 0
),

periods as (
    select * from {{ ref('int_periods') }}
),

quantiles as (
    select * from {{ ref('student_t_quantiles') }}
),

measured as (
    select
        cells.*,
        {{ safe_divide('cells.receipts_amount', 'cells.customer_count') }} as value,
        {{ ratio_of_sums_standard_error_from_sums(
            'cells.receipts_amount', 'cells.customer_count', 'cells.receipts_square_sum', 'cells.product_sum',
            'cells.customer_count', 'cells.payer_count'
        ) }} as standard_error,
        {{ student_t_975('quantiles.quantile', '(cells.payer_count - 1)') }} as quantile
    from cells
    left join quantiles on quantiles.degrees_of_freedom = cells.payer_count - 1
)

select
    'arpa' as metric_id,
    measured.grain,
    measured.period_start,
    periods.period_end,
    measured.dimension,
    measured.dimension_value,
    measured.value,
    cast(measured.receipts_amount as double) as numerator,
    cast(measured.customer_count as double) as denominator,
    measured.customer_count as n,
    cast(measured.customer_count as double) as n_effective,
    measured.value - measured.quantile * measured.standard_error as ci_low,
    measured.value + measured.quantile * measured.standard_error as ci_high,
    measured.standard_error,
    periods.is_complete
from measured
inner join periods on measured.grain = periods.grain and measured.period_start = periods.period_start
