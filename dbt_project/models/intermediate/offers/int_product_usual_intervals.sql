with intervals as (
    select * from {{ ref('int_product_intervals') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

measured as (
    select
        product_id,
        count(*) as interval_count,
        cast(percentile_cont(0.5) within group (order by interval_days) as double) as usual_interval_days
    from intervals
    group by product_id
)

select
    measured.product_id,
    measured.interval_count,
    measured.usual_interval_days
from measured
cross join parameters
where measured.interval_count >= parameters.affinity_minimum_n
