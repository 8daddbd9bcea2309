with customers as (
    select
        *,
        -- The last band holds its upper end, too.
        cast(least(floor(csi_index / 20), 4) * 20 as integer) as band_from
    from {{ ref('int_csi_nps__customers') }}
),

dimensions as (
    select * from {{ ref('int_customer_dimensions') }}
),

quantiles as (
    select * from {{ ref('student_t_quantiles') }}
),

bands as (
    select
        customers.grain,
        customers.period_start,
        dimensions.dimension,
        dimensions.dimension_value,
        customers.band_from,
        count(*) as n,
        sum(customers.nps_score) as score_sum,
        {{ standard_error_of_mean(
            'count(*)', 'sum(customers.nps_score)', 'sum(customers.nps_score * customers.nps_score)'
        ) }} as score_error
    from customers
    inner join dimensions on customers.customer_id = dimensions.customer_id
    group by
        customers.grain,
        customers.period_start,
        dimensions.dimension,
        dimensions.dimension_value,
        customers.band_from
)

select
    bands.grain,
    bands.period_start,
    bands.dimension,
    bands.dimension_value,
    bands.band_from as csi_band_from,
    cast(bands.band_from + 20 as integer) as csi_band_to,
    bands.n,
    {{ safe_divide('bands.score_sum', 'bands.n') }} as mean_nps_score,
    {{ student_t_975('quantiles.quantile', '(bands.n - 1)') }} * bands.score_error as half_width
from bands
left join quantiles on bands.n - 1 = quantiles.degrees_of_freedom
