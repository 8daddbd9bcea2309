with bands as (
    select * from {{ ref('int_csi_nps__bands') }}
),

periods as (
    select * from {{ ref('int_periods') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
)

select
    bands.grain,
    bands.period_start,
    bands.dimension,
    bands.dimension_value,
    bands.csi_band_from,
    bands.csi_band_to,
    bands.n,
    {%- for expression, name in [
        ('bands.mean_nps_score', 'mean_nps_score'),
        ('bands.mean_nps_score - bands.half_width', 'mean_nps_score_ci_low'),
        ('bands.mean_nps_score + bands.half_width', 'mean_nps_score_ci_high'),
    ] %}
    {{ unless_suppressed(expression, 'bands.n', 'parameters.minimum_n') }} as {{ name }},
    {%- endfor %}
    periods.is_complete,
    bands.n < parameters.minimum_n as is_suppressed
from bands
inner join periods on bands.grain = periods.grain and bands.period_start = periods.period_start
cross join parameters
