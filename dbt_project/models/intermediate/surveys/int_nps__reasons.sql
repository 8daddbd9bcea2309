with answers as (
    select
        *,
        answered_on as counted_on,
        coalesce(reason_code, 'unknown') as reason
    from {{ ref('int_survey_answers') }}
    where measure = 'nps'
),

calendar as (
    select * from {{ ref('int_calendar') }}
),

dimensions as (
    select 'total' as dimension
    union all
    select dimension from {{ source('control', 'dimensions') }}
),

{{ summed_by_period('answers', ['answer_group', 'reason'], [('answer_count', 'count(*)')]) }}

select
    grain,
    period_start,
    dimension,
    dimension_value,
    case answer_group when 'high' then 'promoter' when 'middle' then 'passive' else 'detractor' end as nps_group,
    reason as reason_code,
    cast(answer_count as bigint) as answer_count,
    cast(sum(answer_count) over group_of_cell as bigint) as group_count,
    cast(
        sum(case when reason <> 'unknown' then answer_count else 0 end) over group_of_cell as bigint
    ) as reason_count
from periods
window group_of_cell as (partition by grain, period_start, dimension, dimension_value, answer_group)
