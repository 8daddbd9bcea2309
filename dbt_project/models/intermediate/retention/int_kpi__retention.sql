with periods as (
    select * from {{ ref('int_retention__periods') }}
    where active_at_start > 0
),

rates as (
    {%- for metric_id, numerator in [
        ('crr', 'retained'),
        ('churn_rate_start_base', 'active_at_start - retained'),
        ('crr_simple', 'active_at_end - new_customers'),
    ] %}
    select
        '{{ metric_id }}' as metric_id,
        *,
        {{ numerator }} as numerator,
        -- Reactivated customers: active at the end, not at the start, and not new.
        active_at_end - new_customers - retained as reactivated
    from periods
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- A reactivated customer is no trial of the start's base, so `crr_simple` is a proportion plus a count: its interval joins
-- Wilson's of the one with the score interval of a Poisson count (Zou and Donner 2008), its variance adds theirs.
bounds as (
    select
        *,
        {{ safe_divide('numerator', 'active_at_start') }} as value,
        {{ safe_divide('retained', 'active_at_start') }} as retained_rate,
        {{ wilson_low('retained', 'active_at_start') }} as retained_low,
        {{ wilson_high('retained', 'active_at_start') }} as retained_high,
        {{ safe_divide('reactivated', 'active_at_start') }} as reactivated_rate,
        {{ safe_divide(poisson_low('reactivated'), 'active_at_start') }} as reactivated_low,
        {{ safe_divide(poisson_high('reactivated'), 'active_at_start') }} as reactivated_high
    from rates
),

final as (
    select
        *,
        case
            when metric_id = 'crr' then retained_low
            when metric_id = 'churn_rate_start_base' then 1 - retained_high
            when metric_id = 'crr_simple' then value - sqrt(
                power(retained_rate - retained_low, 2) + power(reactivated_rate - reactivated_low, 2)
            )
        end as ci_low,
        case
            when metric_id = 'crr' then retained_high
            when metric_id = 'churn_rate_start_base' then 1 - retained_low
            when metric_id = 'crr_simple' then value + sqrt(
                power(retained_high - retained_rate, 2) + power(reactivated_high - reactivated_rate, 2)
            )
        end as ci_high,
        sqrt((
            retained_rate * (1 - retained_rate)
            + case when metric_id = 'crr_simple' then reactivated_rate else 0 end
        ) / active_at_start) as standard_error
    from bounds
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
    cast(active_at_start as double) as denominator,
    active_at_start as n,
    cast(active_at_start as double) as n_effective,
    ci_low,
    ci_high,
    standard_error,
    is_complete
from final
