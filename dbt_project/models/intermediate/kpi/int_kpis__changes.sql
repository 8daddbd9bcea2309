with combined as (
    select * from {{ ref('int_kpis__combined') }}
),

-- Only the period just before is the previous one: after a gap there is none.
with_previous as (
    select
        current_period.metric_id,
        current_period.grain,
        current_period.period_start,
        current_period.dimension,
        current_period.dimension_value,
        previous_period.value as previous_value,
        current_period.value - previous_period.value as change,
        sqrt(
            current_period.standard_error * current_period.standard_error
            + previous_period.standard_error * previous_period.standard_error
        ) as standard_error
    from combined as current_period
    inner join combined as previous_period
        on
            current_period.metric_id = previous_period.metric_id
            and current_period.grain = previous_period.grain
            and current_period.dimension = previous_period.dimension
            and current_period.dimension_value = previous_period.dimension_value
            and current_period.period_number = previous_period.period_number + 1
),

tested as (
    select
        *,
        case when standard_error > 0 then change / standard_error end as z
    from with_previous
),

with_p_value as (
    select
        *,
        change - {{ normal_975() }} * standard_error as change_ci_low,
        change + {{ normal_975() }} * standard_error as change_ci_high,
        {{ two_sided_p_value('z') }} as p_value
    from tested
),

-- Benjamini-Hochberg over the values of all dimensions of one metric and period; the total is not one of many.
ranked as (
    select
        *,
        count(p_value) over tests as test_count,
        row_number() over (partition by metric_id, grain, period_start, dimension = 'total' order by p_value nulls last)
            as p_rank
    from with_p_value
    window tests as (partition by metric_id, grain, period_start, dimension = 'total')
),

final as (
    select
        *,
        case
            when p_value is not null
                then least(
                    1.0,
                    min(p_value * test_count / p_rank) over (
                        partition by metric_id, grain, period_start, dimension = 'total'
                        order by p_rank desc
                        rows between unbounded preceding and current row
                    )
                )
        end as p_value_adjusted
    from ranked
)

select
    metric_id,
    grain,
    period_start,
    dimension,
    dimension_value,
    previous_value,
    change,
    change_ci_low,
    change_ci_high,
    p_value,
    p_value_adjusted
from final
