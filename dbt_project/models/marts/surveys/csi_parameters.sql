with measured as (
    select * from {{ ref('int_csi__measured') }}
),

distributions as (
    select * from {{ ref('int_csi__distributions') }}
),

periods as (
    select * from {{ ref('int_periods') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
)

select
    measured.grain,
    measured.period_start,
    periods.period_end,
    measured.dimension,
    measured.dimension_value,
    measured.level,
    measured.block,
    measured.parameter,
    cast(distributions.answer_count as bigint) as answer_count,
    cast(measured.importance_count as bigint) as importance_count,
    cast(measured.n as bigint) as n,
    cast(measured.scale_min as double) as scale_min,
    cast(measured.scale_max as double) as scale_max,
    {%- set score = 'measured.scale_min + (measured.scale_max - measured.scale_min) * ' %}
    {%- set half_width = 'measured.quantile * measured.index_error' %}
    {%- set satisfied = 'distributions.satisfied_count, distributions.answer_count' %}
    {%- for expression, name in [
        ('measured.importance_maximum_share * measured.importance_scale_max', 'importance_score'),
        ('measured.importance_maximum_share * 100', 'importance_percent_of_max'),
        ('measured.weight', 'weight'),
        (score ~ 'measured.index_share', 'satisfaction_score'),
        (score ~ '(measured.index_share - ' ~ half_width ~ ')', 'satisfaction_score_ci_low'),
        (score ~ '(measured.index_share + ' ~ half_width ~ ')', 'satisfaction_score_ci_high'),
        ('measured.weight * (' ~ score ~ 'measured.index_share)', 'weighted_score'),
        ('measured.maximum_share * 100', 'percent_of_max'),
        ('measured.index_share * 100', 'satisfaction_index'),
        ('(measured.index_share - ' ~ half_width ~ ') * 100', 'satisfaction_index_ci_low'),
        ('(measured.index_share + ' ~ half_width ~ ') * 100', 'satisfaction_index_ci_high'),
        ('distributions.satisfied_count', 'satisfied_count'),
        (safe_divide('distributions.satisfied_count', 'distributions.answer_count'), 'satisfied_share'),
        (wilson_low('distributions.satisfied_count', 'distributions.answer_count'), 'satisfied_ci_low'),
        (wilson_high('distributions.satisfied_count', 'distributions.answer_count'), 'satisfied_ci_high'),
        (safe_divide('distributions.answer_count - distributions.satisfied_count', 'distributions.answer_count'),
            'dissatisfied_share'),
    ] %}
    {{ unless_suppressed(expression, 'measured.n', 'parameters.minimum_n') }} as {{ name }},
    {%- endfor %}
    {%- for point in range(11) %}
    {%- set share = 'answer_' ~ point ~ '_share' %}
    {{ unless_suppressed('distributions.' ~ share, 'measured.n', 'parameters.minimum_n') }} as {{ share }},
    {%- endfor %}
    case when measured.n >= parameters.minimum_n then measured.quadrant end as quadrant,
    cast(100 * parameters.csi_target as double) as target,
    {{ unless_suppressed(
        '100 * parameters.csi_target - 100 * measured.index_share', 'measured.n', 'parameters.minimum_n'
    ) }} as gap_to_target,
    periods.is_complete,
    measured.n < parameters.minimum_n as is_suppressed
from measured
inner join distributions
    on
        measured.grain = distributions.grain
        and measured.period_start = distributions.period_start
        and measured.dimension = distributions.dimension
        and measured.dimension_value = distributions.dimension_value
        and measured.level = distributions.level
        and measured.block = distributions.block
        and measured.parameter = distributions.parameter
inner join periods
    on
        measured.grain = periods.grain
        and measured.period_start = periods.period_start
cross join parameters
