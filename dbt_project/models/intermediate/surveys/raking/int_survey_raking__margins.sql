with periods as (
    select * from {{ ref('int_retention__periods') }}
),

weighting as (
    select * from {{ source('control', 'weighting_dimensions') }}
)

select
    periods.grain,
    periods.period_start,
    periods.dimension,
    periods.dimension_value,
    periods.active_at_end as customers
from periods
inner join weighting on periods.dimension = weighting.dimension
where periods.active_at_end > 0
