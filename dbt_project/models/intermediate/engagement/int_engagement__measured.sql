with sums as (
    select * from {{ ref('int_engagement__sums') }}
),

actions as (
    select * from {{ ref('int_engagement__actions') }}
),

quantiles as (
    select * from {{ ref('student_t_quantiles') }}
),

-- The sum of squared deviations y X - x Y, multiplied out. What is left of equal customers is rounding.
deviations as (
    select
        *,
        denominator * denominator * numerator_squares
        - 2 * denominator * numerator * products
        + numerator * numerator * denominator_squares as squared_deviations,
        denominator * denominator * numerator_squares as largest_part
    from sums
),

means as (
    select
        deviations.*,
        {{ safe_divide('deviations.numerator', 'deviations.denominator') }} as value,
        {{ ratio_of_sums_standard_error(
            'case when deviations.squared_deviations > 1e-12 * deviations.largest_part'
            ~ ' then deviations.squared_deviations else 0.0 end',
            'deviations.denominator',
            'deviations.n'
        ) }} as standard_error,
        {{ student_t_975('quantiles.quantile', '(deviations.n - 1)') }} as t_quantile
    from deviations
    left join quantiles on quantiles.degrees_of_freedom = deviations.n - 1
),

event_types as (
    select distinct event_type from actions
),

-- An action that nobody of a cell did is a share of 0 there.
action_shares as (
    select
        sums.grain,
        sums.period_start,
        sums.dimension,
        sums.dimension_value,
        event_types.event_type,
        sums.active_customer_count,
        coalesce(actions.customer_count, 0) as customer_count
    from sums
    cross join event_types
    left join actions
        on
            sums.grain = actions.grain
            and sums.period_start = actions.period_start
            and sums.dimension = actions.dimension
            and sums.dimension_value = actions.dimension_value
            and event_types.event_type = actions.event_type
    where sums.measure = 'visit_frequency'
)

select
    grain,
    period_start,
    dimension,
    dimension_value,
    measure,
    'session' as event_type,
    active_customer_count,
    n,
    numerator,
    denominator,
    value,
    case when standard_error is not null then greatest(0.0, value - t_quantile * standard_error) end as ci_low,
    value + t_quantile * standard_error as ci_high,
    standard_error
from means
union all
select
    grain,
    period_start,
    dimension,
    dimension_value,
    'core_action_rate' as measure,
    event_type,
    active_customer_count,
    active_customer_count as n,
    cast(customer_count as double) as numerator,
    cast(active_customer_count as double) as denominator,
    {{ safe_divide('customer_count', 'active_customer_count') }} as value,
    {{ wilson_low('customer_count', 'active_customer_count') }} as ci_low,
    {{ wilson_high('customer_count', 'active_customer_count') }} as ci_high,
    sqrt({{ safe_divide(
        'cast(customer_count as double) * (active_customer_count - customer_count)',
        'power(cast(active_customer_count as double), 3)'
    ) }}) as standard_error
from action_shares
