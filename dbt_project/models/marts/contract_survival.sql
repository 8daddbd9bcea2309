with curves as (
    select * from {{ ref('int_contract_survival__curves') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

{%- set so_far %}
over (
    partition by grain, cohort_start, dimension, dimension_value
    order by observed_days rows between unbounded preceding and current row
)
{%- endset %}

-- Where all who are at risk churn at once the factor is 0, of which there is no logarithm: the curve then ends at 0.
accumulated as (
    select
        *,
        max(case when event_count = at_risk_count then 1 else 0 end) {{ so_far }} = 1 as is_extinct,
        sum(event_count) {{ so_far }} as events_so_far,
        sum(case
            when event_count < at_risk_count then ln(cast(at_risk_count - event_count as double) / at_risk_count)
            else 0.0
        end) {{ so_far }} as log_survival,
        sum(
            case
                when event_count < at_risk_count
                    then cast(event_count as double) / (cast(at_risk_count as double) * (at_risk_count - event_count))
                else 0.0
            end
        ) {{ so_far }} as greenwood_sum
    from curves
),

-- Log-log interval: ln(-ln S) has the standard error √(Greenwood's sum) / |ln S|; undefined where S is 1 or 0.
estimated as (
    select
        *,
        case
            when is_extinct then 0.0
            when events_so_far = 0 then 1.0
            else exp(log_survival)
        end as survival_rate,
        case
            when events_so_far > 0 and not is_extinct then {{ normal_975() }} * sqrt(greenwood_sum) / -log_survival
        end as log_log_margin
    from accumulated
),

final as (
    select
        estimated.*,
        case
            when estimated.log_log_margin is not null then exp(estimated.log_survival * exp(estimated.log_log_margin))
        end as ci_low,
        case
            when estimated.log_log_margin is not null then exp(estimated.log_survival * exp(-estimated.log_log_margin))
        end as ci_high,
        estimated.cohort_size < parameters.minimum_n as is_suppressed,
        -- The last contract of the cohort started the day before cohort_end; its end is a churn once its grace is over.
        coalesce(
            {{ add_days('estimated.cohort_end', 'estimated.observed_days + parameters.contracts_grace_days') }}
            <= {{ add_days('parameters.as_of_date', 1) }},
            true
        ) as is_complete
    from estimated
    cross join parameters
)

select
    grain,
    cohort_start,
    cohort_end,
    dimension,
    dimension_value,
    cohort_size,
    cast(observed_days as bigint) as days_since_start,
    case when not is_suppressed then at_risk_count end as at_risk_count,
    case when not is_suppressed then event_count end as event_count,
    case when not is_suppressed then censored_count end as censored_count,
    case when not is_suppressed then survival_rate end as survival_rate,
    case when not is_suppressed then ci_low end as ci_low,
    case when not is_suppressed then ci_high end as ci_high,
    is_complete,
    is_suppressed
from final
