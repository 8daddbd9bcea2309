with units as (
    select * from {{ ref('int_nps_outcomes__units') }}
    where grain = 'year'
),

dimensions as (
    select * from {{ ref('int_customer_dimensions') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- Whoever has not bought again, or not lapsed, by the as-of date is followed up to it and no further.
durations as (
    select
        units.period_start,
        units.customer_id,
        units.response_group,
        'purchase' as event_kind,
        units.next_purchase_on is not null as is_event,
        {{ days_between('units.time_zero_on', 'coalesce(units.next_purchase_on, parameters.as_of_date)') }} as days
    from units
    cross join parameters
    union all
    select
        units.period_start,
        units.customer_id,
        units.response_group,
        'churn' as event_kind,
        units.active_until <= {{ add_days('parameters.as_of_date', 1) }} as is_event,
        {{ days_between(
            add_days('units.time_zero_on', 1), 'least(units.active_until, ' ~ add_days('parameters.as_of_date', 1) ~ ')'
        ) }} as days
    from units
    cross join parameters
    where units.is_active
),

exits as (
    select
        durations.period_start,
        dimensions.dimension,
        dimensions.dimension_value,
        durations.event_kind,
        durations.response_group,
        durations.days,
        count(*) as exit_count,
        count(*) filter (where durations.is_event) as event_count
    from durations
    inner join dimensions on durations.customer_id = dimensions.customer_id
    group by
        durations.period_start,
        dimensions.dimension,
        dimensions.dimension_value,
        durations.event_kind,
        durations.response_group,
        durations.days
),

{% set cell = 'period_start, dimension, dimension_value, event_kind' %}
compared_groups as (
    select distinct
        {{ cell }},
        response_group
    from exits
    where response_group <> 'detractor'
),

-- Each group beside the detractors.
paired as (
    select
        exits.*,
        exits.response_group as compared_group
    from exits
    where exits.response_group <> 'detractor'
    union all
    select
        exits.*,
        compared_groups.response_group as compared_group
    from exits
    inner join compared_groups
        on
            exits.period_start = compared_groups.period_start
            and exits.dimension = compared_groups.dimension
            and exits.dimension_value = compared_groups.dimension_value
            and exits.event_kind = compared_groups.event_kind
    where exits.response_group = 'detractor'
)

select
    {{ cell }},
    compared_group,
    days,
    cast(coalesce(sum(exit_count) filter (where response_group <> 'detractor'), 0) as bigint) as group_exits,
    cast(coalesce(sum(event_count) filter (where response_group <> 'detractor'), 0) as bigint) as group_events,
    cast(sum(exit_count) as bigint) as all_exits,
    cast(sum(event_count) as bigint) as all_events
from paired
group by {{ cell }}, compared_group, days
