with windows as (
    select * from {{ ref('int_event_effects__windows') }}
),

measured as (
    {%- for metric_id, model in [
        ('csi_index', 'int_event_effects__csi'), ('nps', 'int_event_effects__nps')
    ] %}
    select
        '{{ metric_id }}' as metric_id,
        event_id,
        side,
        n,
        value,
        standard_error,
        ci_low,
        ci_high
    from {{ ref(model) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

metrics as (
    select 'csi_index' as metric_id
    union all
    select 'nps' as metric_id
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
)

-- A window in which nobody answered is there with n 0. What is hidden here comes back through no difference.
select
    windows.event_id,
    metrics.metric_id,
    windows.side,
    windows.event_name,
    windows.starts_on,
    windows.ends_on,
    windows.segment,
    windows.window_days,
    windows.window_start,
    windows.window_end,
    cast(coalesce(measured.n, 0) as bigint) as n,
    {%- for figure in ['value', 'standard_error', 'ci_low', 'ci_high'] %}
    {{ unless_suppressed('measured.' ~ figure, 'measured.n', 'parameters.minimum_n') }} as {{ figure }},
    {%- endfor %}
    windows.is_complete,
    coalesce(measured.n, 0) < parameters.minimum_n as is_suppressed
from windows
cross join metrics
cross join parameters
left join measured
    on
        windows.event_id = measured.event_id
        and windows.side = measured.side
        and metrics.metric_id = measured.metric_id
