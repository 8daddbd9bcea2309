with durations as (
    select * from {{ ref('int_purchase_intervals__durations') }}
),

at_risk as (
    select
        *,
        sum(second_purchases + censored) over (
            partition by grain, period_start, dimension, dimension_value order by duration_days desc
        ) as at_risk
    from durations
),

-- A logarithm of zero is an error, so the step after which nobody is left is told apart.
steps as (
    select
        *,
        case when second_purchases = at_risk then 1 else 0 end as is_last,
        case
            when second_purchases < at_risk then ln(1 - {{ safe_divide('second_purchases', 'at_risk') }})
            else 0
        end as log_step,
        case
            when second_purchases < at_risk
                then {{ safe_divide('second_purchases', 'at_risk * (at_risk - second_purchases)') }}
            else 0
        end as variance_step
    from at_risk
),

summed as (
    select
        *,
        max(is_last) over upto as is_over,
        sum(log_step) over upto as log_survival,
        sum(variance_step) over upto as variance
    from steps
    window upto as (
        partition by grain, period_start, dimension, dimension_value order by duration_days rows unbounded preceding
    )
),

-- Greenwood's variance on the log-log scale: z standard errors of ln(-ln S).
final as (
    select
        *,
        case when is_over = 1 then 0.0 else exp(log_survival) end as survival,
        case
            when is_over = 0 and log_survival < 0 then exp({{ normal_975() }} * sqrt(variance) / -log_survival)
        end as spread
    from summed
)

select
    grain,
    period_start,
    dimension,
    dimension_value,
    duration_days,
    cast(at_risk as bigint) as at_risk,
    second_purchases,
    censored,
    survival,
    case when is_over = 1 then 0.0 when log_survival = 0 then 1.0 else exp(log_survival * spread) end as survival_low,
    case when is_over = 0 and log_survival = 0 then 1.0 else exp(log_survival / spread) end as survival_high
from final
