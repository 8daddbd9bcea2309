-- Customers are one-time or multi, and who came back bought the same, something different, or both. The second does not hold where a
-- product must return but a category must be new: then another product of a known category is neither.
with counted as (
    select * from {{ ref('int_upsell__counted') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
)

select
    counted.grain,
    counted.period_start,
    counted.window_name,
    counted.dimension,
    counted.dimension_value,
    counted.mature_count,
    counted.one_time_count,
    counted.multi_count,
    counted.same_count,
    counted.different_count,
    counted.both_count
from counted
cross join parameters
where
    counted.mature_count <> counted.one_time_count + counted.multi_count
    or (
        counted.multi_count <> counted.same_count + counted.different_count - counted.both_count
        and not (parameters.repurchase_level = 'product' and parameters.upsell_level = 'category')
    )
