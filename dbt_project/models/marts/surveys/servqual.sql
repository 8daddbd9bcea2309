with estimates as (
    select * from {{ ref('int_composites__estimates') }}
    where composite = 'servqual'
),

-- Of a part the fewer answers of its two sides, so that neither mean tells what a few said.
counted as (
    select
        *,
        case
            when level = 'part' then least(perception_count, expectation_count)
            else respondent_count
        end as n
    from estimates
),

periods as (
    select * from {{ ref('int_periods') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
)

select
    counted.grain,
    counted.period_start,
    periods.period_end,
    counted.dimension,
    counted.dimension_value,
    case counted.level when 'part' then 'item' when 'block' then 'quality_dimension' else 'overall' end as level,
    counted.block as quality_dimension,
    counted.part as item,
    counted.perception_count,
    counted.expectation_count,
    counted.n,
    cast(counted.scale_min as double) as scale_min,
    cast(counted.scale_max as double) as scale_max,
    100 * counted.share as points,
    {%- for expression, name in [
        ('counted.expectation_score', 'expectation_score'),
        ('counted.perception_score', 'perception_score'),
        ('counted.value', 'gap'),
        ('counted.value - counted.quantile * counted.standard_error', 'gap_ci_low'),
        ('counted.value + counted.quantile * counted.standard_error', 'gap_ci_high'),
        ('counted.share * counted.value', 'weighted_gap'),
    ] %}
    {{ unless_suppressed(
        'case when counted.scale_max is not null then ' ~ expression ~ ' end', 'counted.n', 'parameters.minimum_n'
    ) }} as {{ name }},
    {%- endfor %}
    periods.is_complete,
    counted.n < parameters.minimum_n as is_suppressed
from counted
inner join periods
    on
        counted.grain = periods.grain
        and counted.period_start = periods.period_start
cross join parameters
