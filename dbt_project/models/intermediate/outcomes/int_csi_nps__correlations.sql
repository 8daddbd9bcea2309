{%- set cell = 'customers.grain, customers.period_start, dimensions.dimension, dimensions.dimension_value' -%}
with customers as (
    select * from {{ ref('int_csi_nps__customers') }}
),

dimensions as (
    select * from {{ ref('int_customer_dimensions') }}
),

ranked as (
    select
        customers.grain,
        customers.period_start,
        customers.period_end,
        dimensions.dimension,
        dimensions.dimension_value,
        {%- for score in ['csi_index', 'nps_score'] %}
        rank() over (partition by {{ cell }} order by customers.{{ score }}) as {{ score }}_rank,
        count(*) over (partition by {{ cell }}, customers.{{ score }}) as {{ score }}_ties,
        {%- endfor %}
        count(*) over (partition by {{ cell }}) as n
    from customers
    inner join dimensions on customers.customer_id = dimensions.customer_id
),

-- Twice the distance of the tie's mean rank from the mean of all ranks: a whole number, so that sums are exact.
centred as (
    select
        *,
        2 * csi_index_rank + csi_index_ties - n - 2 as csi_distance,
        2 * nps_score_rank + nps_score_ties - n - 2 as nps_distance
    from ranked
),

correlated as (
    select
        grain,
        period_start,
        period_end,
        dimension,
        dimension_value,
        count(*) as n,
        cast(sum(csi_distance * nps_distance) as double) as covariation,
        sqrt(cast(sum(csi_distance * csi_distance) as double) * sum(nps_distance * nps_distance)) as variation
    from centred
    group by grain, period_start, period_end, dimension, dimension_value
),

divided as (
    select
        *,
        {{ safe_divide('covariation', 'variation') }} as rho
    from correlated
),

-- Fisher's z has no value at 1 and at -1, nor a standard error for three customers.
transformed as (
    select
        *,
        case when abs(rho) < 1 - 1e-12 then 0.5 * ln((1 + rho) / (1 - rho)) end as z,
        case when n > 3 and abs(rho) < 1 - 1e-12 then sqrt((1 + rho * rho / 2) / (n - 3)) end as z_error
    from divided
)

select
    grain,
    period_start,
    period_end,
    dimension,
    dimension_value,
    n,
    covariation,
    variation,
    rho,
    1 - 2 / (exp(2 * (z - {{ normal_975() }} * z_error)) + 1) as ci_low,
    1 - 2 / (exp(2 * (z + {{ normal_975() }} * z_error)) + 1) as ci_high,
    z_error * (1 - rho * rho) as standard_error
from transformed
