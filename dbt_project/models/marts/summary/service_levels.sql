with levels as (
    select * from {{ ref('int_service__levels') }}
),

periods as (
    select * from {{ ref('int_periods') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
)

select
    levels.grain,
    levels.period_start,
    periods.period_end,
    levels.dimension,
    levels.dimension_value,
    levels.level as service_level,
    {%- for column in ['value', 'numerator'] %}
    {{ unless_suppressed('levels.' ~ column, 'levels.n', 'parameters.minimum_n') }} as {{ column }},
    {%- endfor %}
    levels.denominator,
    levels.n,
    {%- for column in ['ci_low', 'ci_high'] %}
    {{ unless_suppressed('levels.' ~ column, 'levels.n', 'parameters.minimum_n') }} as {{ column }},
    {%- endfor %}
    periods.is_complete,
    levels.n < parameters.minimum_n as is_suppressed
from levels
inner join periods on levels.grain = periods.grain and levels.period_start = periods.period_start
cross join parameters
