with answers as (
    select * from {{ ref('int_survey_answers') }}
    where measure in ('csi_satisfaction', 'csi_importance')
),

{% set columns = 'respondent_key, parameter, answered_on, superseded_on, ' ~ survey_dimensions()[1:] | join(', ') %}
shares as (
    select
        {{ columns }},
        measure = 'csi_satisfaction' as is_satisfaction,
        (score - scale_min) / (scale_max - scale_min) as index_share,
        score / nullif(scale_max, 0) as maximum_share
    from answers
)

select
    {{ columns }},
    count(*) filter (where is_satisfaction) as satisfaction_count,
    coalesce(sum(index_share) filter (where is_satisfaction), 0) as index_share_sum,
    coalesce(sum(maximum_share) filter (where is_satisfaction), 0) as maximum_share_sum,
    count(*) filter (where not is_satisfaction) as importance_count,
    coalesce(sum(maximum_share) filter (where not is_satisfaction), 0) as importance_sum
from shares
group by {{ columns }}
