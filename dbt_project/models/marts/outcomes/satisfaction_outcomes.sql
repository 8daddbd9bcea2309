with followed as (
    select * from {{ ref('int_outcomes__followed') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- A horizon of which a part is still to come would show as customers who did not buy.
final as (
    {%- for days in outcome_horizons() %}
    select
        followed.observation_kind,
        followed.survey_id,
        followed.observation_id,
        followed.customer_id,
        followed.measure,
        cast(followed.score as double) as answer_score,
        followed.response_group,
        followed.time_zero_on,
        cast({{ days }} as integer) as horizon_days,
        {{ add_days('followed.time_zero_on', days) }} as horizon_ends_on,
        followed.is_active as was_active,
        followed.order_count_{{ days }} > 0 as has_purchased,
        case when followed.is_active then not followed.is_active_{{ days }} end as has_churned,
        followed.order_count_{{ days }} as order_count,
        followed.order_revenue_{{ days }} as order_revenue_amount,
        followed.recurring_revenue_{{ days }} as recurring_revenue_amount,
        cast(followed.order_revenue_{{ days }} + followed.recurring_revenue_{{ days }} as decimal(18, 4))
            as revenue_amount,
        followed.request_count_{{ days }} as support_request_count
    from followed
    inner join parameters on {{ add_days('followed.time_zero_on', days) }} <= parameters.as_of_date
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    observation_kind,
    survey_id,
    observation_id,
    customer_id,
    measure,
    answer_score,
    response_group,
    time_zero_on,
    horizon_days,
    horizon_ends_on,
    was_active,
    has_purchased,
    has_churned,
    order_count,
    order_revenue_amount,
    recurring_revenue_amount,
    revenue_amount,
    support_request_count
from final
