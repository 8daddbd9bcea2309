with occasions as (
    select * from {{ ref('int_csi__occasions') }}
),

coefficients as (
    select * from {{ ref('int_csi__coefficients') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
),

dimensions as (
    select 'total' as dimension
    union all
    select dimension from {{ source('control', 'dimensions') }}
),

-- What each respondent said of each parameter within a cell.
sayings as (
    {%- for dimension in survey_dimensions() %}
    select
        calendar.grain,
        calendar.period_start,
        '{{ dimension }}' as dimension,
        {{ "'total'" if dimension == 'total' else 'occasions.' ~ dimension }} as dimension_value,
        occasions.respondent_key,
        occasions.parameter,
        sum(occasions.satisfaction_count) as satisfaction_count,
        sum(occasions.index_share_sum) as index_share_sum,
        sum(occasions.maximum_share_sum) as maximum_share_sum,
        sum(occasions.importance_count) as importance_count,
        sum(occasions.importance_sum) as importance_sum
    from occasions
    inner join calendar on occasions.answered_on = calendar.date_day
    where
        (occasions.superseded_on is null or occasions.superseded_on >= calendar.period_end)
        and exists (select 1 from dimensions where dimensions.dimension = '{{ dimension }}')
    group by
        calendar.grain,
        calendar.period_start,
        {%- if dimension != 'total' %}
        occasions.{{ dimension }},
        {%- endif %}
        occasions.respondent_key,
        occasions.parameter
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- The linearised index: by how much each respondent's answers move it, through the scores and through the asked importances.
influences as (
    select
        coefficients.level,
        coefficients.scope,
        sayings.grain,
        sayings.period_start,
        sayings.dimension,
        sayings.dimension_value,
        sayings.respondent_key,
        coefficients.scope_weight / coefficients.satisfaction_count
        * (sayings.index_share_sum - sayings.satisfaction_count * coefficients.satisfaction_index_share)
            as index_score_influence,
        coefficients.scope_weight / coefficients.satisfaction_count
        * (sayings.maximum_share_sum - sayings.satisfaction_count * coefficients.satisfaction_maximum_share)
            as maximum_score_influence,
        case when coefficients.has_fixed_weight then 0 else
            (sayings.importance_sum - sayings.importance_count * coefficients.importance_maximum_share)
            / coefficients.importance_count / coefficients.importance_sum
        end as importance_influence,
        coefficients.satisfaction_index_share - coefficients.index_share as index_distance,
        coefficients.satisfaction_maximum_share - coefficients.maximum_share as maximum_distance,
        case
            when sayings.satisfaction_count = 0 then 0
            when coefficients.has_fixed_weight then coefficients.scope_weight
            when sayings.importance_count = 0 then 0
            else sayings.importance_sum / sayings.importance_count
        end as own_weight,
        coalesce(sayings.index_share_sum / nullif(sayings.satisfaction_count, 0), 0) as own_index_share
    from sayings
    inner join coefficients
        on
            sayings.grain = coefficients.grain
            and sayings.period_start = coefficients.period_start
            and sayings.dimension = coefficients.dimension
            and sayings.dimension_value = coefficients.dimension_value
            and sayings.parameter = coefficients.parameter
)

select
    level,
    grain,
    period_start,
    dimension,
    dimension_value,
    scope,
    respondent_key,
    sum(index_score_influence + importance_influence * index_distance) as index_influence,
    sum(maximum_score_influence + importance_influence * maximum_distance) as maximum_influence,
    {{ safe_divide('sum(own_weight * own_index_share)', 'sum(own_weight)') }} as own_index_share
from influences
group by level, grain, period_start, dimension, dimension_value, scope, respondent_key
