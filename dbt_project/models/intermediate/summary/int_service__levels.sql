with sums as (
    select * from {{ ref('int_service__sums') }}
),

quantiles as (
    select * from {{ ref('student_t_quantiles') }}
),

measured as (
    select
        sums.*,
        sums.whole_quantity - sums.failed_quantity as met_quantity,
        {{ safe_divide('sums.whole_quantity - sums.failed_quantity', 'sums.whole_quantity') }} as share,
        {{ ratio_of_sums_standard_error_from_sums(
            'sums.failed_quantity', 'sums.whole_quantity', 'sums.failed_square_sum', 'sums.product_sum',
            'sums.whole_square_sum', 'sums.shipment_count'
        ) }} as share_error,
        {{ student_t_975('quantiles.quantile', '(sums.shipment_count - 1)') }} as quantile
    from sums
    left join quantiles on quantiles.degrees_of_freedom = sums.shipment_count - 1
)

-- A delivery is a trial; the units of one delivery are not, as a bad batch spoils them together.
select
    level,
    grain,
    period_start,
    dimension,
    dimension_value,
    100 * share as value,
    cast(met_quantity as double) as numerator,
    cast(whole_quantity as double) as denominator,
    shipment_count as n,
    100 * case
        when level = 'on_time_level' then {{ wilson_low('met_quantity', 'whole_quantity') }}
        when share_error is not null then greatest(0.0, share - quantile * share_error)
    end as ci_low,
    100 * case
        when level = 'on_time_level' then {{ wilson_high('met_quantity', 'whole_quantity') }}
        when share_error is not null then least(1.0, share + quantile * share_error)
    end as ci_high,
    100 * share_error as standard_error
from measured
