with invitations as (
    select
        *,
        sent_on as counted_on,
        cast(null as date) as superseded_on,
        true as is_own_brand
    from {{ ref('int_survey_invitations') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
),

survey_periods as (
    select * from {{ ref('int_periods') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

dimensions as (
    select 'total' as dimension
    union all
    select dimension from {{ source('control', 'dimensions') }}
),

{{ summed_by_period(
    'invitations',
    ['survey_id'],
    [('sent_count', 'count(*)'), ('answered_count', 'count(*) filter (where is_answered)')],
    ['total', 'segment', 'region', 'channel']
) }}

-- A period is complete when the last answer to its last invitation can have come.
select
    periods.grain,
    periods.period_start,
    survey_periods.period_end,
    periods.dimension,
    periods.dimension_value,
    periods.survey_id,
    cast(periods.sent_count as bigint) as sent_count,
    cast(periods.answered_count as bigint) as answered_count,
    {{ add_days('survey_periods.period_end', 'parameters.response_window_days') }}
    <= {{ add_days('parameters.as_of_date', 1) }} as is_complete
from periods
inner join survey_periods
    on
        periods.grain = survey_periods.grain
        and periods.period_start = survey_periods.period_start
cross join parameters
