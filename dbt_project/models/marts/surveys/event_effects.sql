with measured as (
    select * from {{ ref('int_event_effects__measured') }}
),

compared as (
    select
        before.event_id,
        before.metric_id,
        before.event_name,
        before.starts_on,
        before.ends_on,
        before.segment,
        before.window_days,
        {%- for side in ['before', 'after'] %}
        {{ side }}.window_start as {{ side }}_start,
        {{ side }}.window_end as {{ side }}_end,
        {{ side }}.n as {{ side }}_n,
        {{ side }}.value as {{ side }}_value,
        {{ side }}.ci_low as {{ side }}_ci_low,
        {{ side }}.ci_high as {{ side }}_ci_high,
        {%- endfor %}
        after.value - before.value as difference,
        sqrt(
            before.standard_error * before.standard_error + after.standard_error * after.standard_error
        ) as standard_error,
        before.is_complete and after.is_complete as is_complete,
        before.is_suppressed or after.is_suppressed as is_suppressed
    from measured as before
    inner join measured as after
        on
            before.event_id = after.event_id
            and before.metric_id = after.metric_id
    where before.side = 'before' and after.side = 'after'
),

tested as (
    select
        *,
        case when standard_error > 0 then difference / standard_error end as z
    from compared
)

select
    event_id,
    event_name,
    starts_on,
    ends_on,
    segment,
    metric_id,
    cast(window_days as integer) as window_days,
    before_start,
    before_end,
    after_start,
    after_end,
    before_n,
    after_n,
    before_value,
    before_ci_low,
    before_ci_high,
    after_value,
    after_ci_low,
    after_ci_high,
    difference,
    standard_error,
    cast(difference - {{ normal_975() }} * standard_error as double) as difference_ci_low,
    cast(difference + {{ normal_975() }} * standard_error as double) as difference_ci_high,
    cast({{ two_sided_p_value('z') }} as double) as p_value,
    is_complete,
    is_suppressed
from tested
