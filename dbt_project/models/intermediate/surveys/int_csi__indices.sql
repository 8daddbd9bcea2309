with coefficients as (
    select * from {{ ref('int_csi__coefficients') }}
),

respondents as (
    select * from {{ ref('int_csi__respondents') }}
),

quantiles as (
    select * from {{ ref('student_t_quantiles') }}
),

{% set scope = 'level, grain, period_start, dimension, dimension_value, scope' %}
-- The scale is known where all satisfaction answers of the cell are on one.
indices as (
    select
        {{ scope }},
        max(importance_sum) as importance_sum,
        max(index_share) as index_share,
        max(maximum_share) as maximum_share,
        case
            when count(*) = count(satisfaction_scale_min) and min(satisfaction_scale_min) = max(satisfaction_scale_min)
                and min(satisfaction_scale_max) = max(satisfaction_scale_max) then min(satisfaction_scale_min)
        end as scale_min,
        case
            when count(*) = count(satisfaction_scale_min) and min(satisfaction_scale_min) = max(satisfaction_scale_min)
                and min(satisfaction_scale_max) = max(satisfaction_scale_max) then min(satisfaction_scale_max)
        end as scale_max
    from coefficients
    group by {{ scope }}
),

-- Influences sum to zero, so that their squares need no mean taken off. Less than 1e-12 is rounding: all answered alike.
errors as (
    select
        {{ scope }},
        count(*) as respondent_count,
        case when count(*) > 1 then {{ significant('sqrt(count(*) / (count(*) - 1.0) * sum(index_influence * index_influence))') }}
        end as index_error,
        case when count(*) > 1 then {{ significant('sqrt(count(*) / (count(*) - 1.0) * sum(maximum_influence * maximum_influence))') }}
        end as maximum_error,
        count(own_index_share) as own_index_count,
        avg(own_index_share) as own_index_share,
        {{ significant('sqrt(var_samp(own_index_share) / count(own_index_share))') }} as own_index_error
    from respondents
    group by {{ scope }}
)

select
    {%- for column in scope.split(', ') %}
    indices.{{ column }},
    {%- endfor %}
    indices.importance_sum,
    indices.index_share,
    indices.maximum_share,
    indices.scale_min,
    indices.scale_max,
    errors.respondent_count,
    errors.index_error,
    errors.maximum_error,
    {{ student_t_975('quantiles.quantile', '(errors.respondent_count - 1)') }} as quantile,
    errors.own_index_count,
    errors.own_index_share,
    errors.own_index_error,
    {{ student_t_975('own_quantiles.quantile', '(errors.own_index_count - 1)') }} as own_index_quantile
from indices
inner join errors
    on
        {%- for column in scope.split(', ') %}
        {{ "and " if not loop.first }}indices.{{ column }} = errors.{{ column }}
        {%- endfor %}
left join quantiles on quantiles.degrees_of_freedom = errors.respondent_count - 1
left join quantiles as own_quantiles on own_quantiles.degrees_of_freedom = errors.own_index_count - 1
