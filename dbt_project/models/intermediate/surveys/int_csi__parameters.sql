with scales as (
    select * from {{ ref('int_csi__scales') }}
),

fixed_weights as (
    select * from {{ source('control', 'csi_weights') }}
),

{% set cell = 'grain, period_start, dimension, dimension_value' %}
scale_deviations as (
    select
        *,
        sum(index_share_sum) over answers / sum(answer_count) over answers as pooled_index_share
    from scales
    window answers as (partition by {{ cell }}, parameter, measure)
),

-- Pooled over scales: deviations within each scale and between their means.
parameters as (
    select
        {{ cell }},
        block,
        parameter,
        parameter_number,
        {%- for kind in ['satisfaction', 'importance'] %}
        {%- set answers = "filter (where measure = 'csi_" ~ kind ~ "')" %}
        cast(coalesce(sum(answer_count) {{ answers }}, 0) as bigint) as {{ kind }}_count,
        max(pooled_index_share) {{ answers }} as {{ kind }}_index_share,
        sum(maximum_share_sum) {{ answers }} / sum(answer_count) {{ answers }} as {{ kind }}_maximum_share,
        case when count(*) {{ answers }} = 1 then max(scale_min) {{ answers }} end as {{ kind }}_scale_min,
        case when count(*) {{ answers }} = 1 then max(scale_max) {{ answers }} end as {{ kind }}_scale_max,
        {%- endfor %}
        sum(
            index_share_deviation
            + answer_count
            * (index_share_sum / answer_count - pooled_index_share)
            * (index_share_sum / answer_count - pooled_index_share)
        ) filter (where measure = 'csi_satisfaction') as index_share_deviation
    from scale_deviations
    group by {{ cell }}, block, parameter, parameter_number
),

weighed as (
    select
        parameters.*,
        fixed_weights.weight as fixed_weight,
        case
            when parameters.satisfaction_count = 0 then null
            when exists (select configured.parameter from fixed_weights as configured) then fixed_weights.weight
            else parameters.importance_maximum_share
        end as importance
    from parameters
    left join fixed_weights on parameters.parameter = fixed_weights.parameter
)

select
    grain,
    period_start,
    dimension,
    dimension_value,
    dense_rank() over (order by {{ cell }}) as cell_number,
    block,
    parameter,
    parameter_number,
    satisfaction_count,
    satisfaction_scale_min,
    satisfaction_scale_max,
    satisfaction_index_share,
    satisfaction_maximum_share,
    case
        when satisfaction_count > 1 then sqrt(index_share_deviation / satisfaction_count / (satisfaction_count - 1))
    end as satisfaction_standard_error,
    importance_count,
    importance_scale_max,
    importance_maximum_share,
    fixed_weight is not null as has_fixed_weight,
    importance,
    {{ safe_divide('importance', 'sum(importance) over (partition by ' ~ cell ~ ')') }} as weight,
    {{ safe_divide('importance', 'sum(importance) over (partition by ' ~ cell ~ ', block)') }} as block_weight
from weighed
