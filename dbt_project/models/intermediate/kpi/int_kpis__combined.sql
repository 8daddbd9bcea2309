with parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

periods as (
    select * from {{ ref('int_periods') }}
),

families as (
    {%- for model in var('kpi_models') %}
    select
        metric_id,
        grain,
        period_start,
        dimension,
        dimension_value,
        value,
        numerator,
        denominator,
        n,
        n_effective,
        ci_low,
        ci_high,
        standard_error,
        is_complete
    from {{ ref(model) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- The numerator gives a value away as surely as the value itself.
final as (
    select
        families.metric_id,
        families.grain,
        families.period_start,
        periods.period_number,
        families.dimension,
        families.dimension_value,
        case when families.n >= parameters.minimum_n then families.value end as value,
        case when families.n >= parameters.minimum_n then families.numerator end as numerator,
        families.denominator,
        families.n,
        families.n_effective,
        case when families.n >= parameters.minimum_n then families.ci_low end as ci_low,
        case when families.n >= parameters.minimum_n then families.ci_high end as ci_high,
        case when families.n >= parameters.minimum_n then families.standard_error end as standard_error,
        families.is_complete,
        families.n < parameters.minimum_n as is_suppressed
    from families
    inner join periods on families.grain = periods.grain and families.period_start = periods.period_start
    cross join parameters
)

select
    metric_id,
    grain,
    period_start,
    period_number,
    dimension,
    dimension_value,
    value,
    numerator,
    denominator,
    n,
    n_effective,
    ci_low,
    ci_high,
    standard_error,
    is_complete,
    is_suppressed
from final
