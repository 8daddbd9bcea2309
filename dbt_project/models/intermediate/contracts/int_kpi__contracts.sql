with outcomes as (
    select * from {{ ref('int_contract_outcomes') }}
),

customer_dimensions as (
    select * from {{ ref('int_customer_dimensions') }}
),

periods as (
    select * from {{ ref('int_periods') }}
),

counted as (
    select
        outcomes.subject,
        outcomes.grain,
        periods.period_start,
        periods.period_end,
        customer_dimensions.dimension,
        customer_dimensions.dimension_value,
        count(*) filter (where outcomes.is_success and not outcomes.is_pending) as successes,
        count(*) filter (where not outcomes.is_pending) as n,
        periods.is_complete and count(*) filter (where outcomes.is_pending) = 0 as is_complete
    from outcomes
    inner join periods
        on
            outcomes.grain = periods.grain
            and outcomes.period_start = periods.period_start
    inner join customer_dimensions on outcomes.customer_id = customer_dimensions.customer_id
    group by
        outcomes.subject,
        outcomes.grain,
        periods.period_start,
        periods.period_end,
        periods.is_complete,
        customer_dimensions.dimension,
        customer_dimensions.dimension_value
),

proportions as (
    select
        *,
        {{ safe_divide('successes', 'n') }} as share,
        {{ wilson_low('successes', 'n') }} as share_low,
        {{ wilson_high('successes', 'n') }} as share_high
    from counted
    where n > 0
),

measured as (
    {%- for subject, metric_id in [
        ('term', 'churn_rate_renewal_due'), ('contract', 'contract_cancellation_rate'), ('first_cycle', 'first_renewal_rate')
    ] %}
    select
        '{{ metric_id }}' as metric_id,
        *,
        share as value,
        cast(n as double) as denominator,
        share_low as ci_low,
        share_high as ci_high,
        sqrt(share * (1 - share) / n) as standard_error
    from proportions
    where subject = '{{ subject }}'
    union all
    {%- endfor %}
    -- A ratio of two outcomes is the odds of their share, and so are its bounds.
    select
        'subscription_repurchase_ratio' as metric_id,
        *,
        {{ safe_divide('successes', '(n - successes)') }} as value,
        cast(n - successes as double) as denominator,
        case when n > successes then {{ safe_divide('share_low', '(1 - share_low)') }} end as ci_low,
        case when n > successes then {{ safe_divide('share_high', '(1 - share_high)') }} end as ci_high,
        case when n > successes then sqrt(share / (n * power(1 - share, 3))) end as standard_error
    from proportions
    where subject = 'first_cycle'
)

select
    metric_id,
    grain,
    period_start,
    period_end,
    dimension,
    dimension_value,
    value,
    cast(successes as double) as numerator,
    denominator,
    cast(n as bigint) as n,
    cast(n as double) as n_effective,
    ci_low,
    ci_high,
    standard_error,
    is_complete
from measured
