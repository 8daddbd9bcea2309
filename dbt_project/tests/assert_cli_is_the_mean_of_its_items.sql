-- The loyalty index and its three questions are of the same respondents, so that the index is the mean of the three published means
-- and a reader can take it apart. A question counted over others would show here.
with metrics as (
    select * from {{ ref('int_kpi__cli') }}
)

select
    grain,
    period_start,
    dimension,
    dimension_value
from metrics
where metric_id <> 'cli_index'
group by grain, period_start, dimension, dimension_value
having
    abs(sum(case when metric_id = 'cli' then 3 * value else -value end)) > 1e-9
