with indicators as (
    select * from {{ ref('int_report__indicators') }}
),

{% set sums %}
    max(position) as position,
    sum(weight) as weight,
    sum(case when fact is not null then weight else 0 end) as weight_available,
    sum(weight * fact) as weighted_value,
    count(*) as indicator_count,
    count(fact) as fact_count,
    min(n) as least_n,
    min(case when fact is not null then n end) as least_n_available,
    max(case when is_suppressed then 1 else 0 end) = 1 as is_suppressed
{% endset -%}
sums as (
    select
        grain,
        period_start,
        'block' as level,
        block,
        {{ sums | trim }}
    from indicators
    group by grain, period_start, block
    union all
    select
        grain,
        period_start,
        'report' as level,
        'total' as block,
        {{ sums | trim }}
    from indicators
    group by grain, period_start
)

select
    grain,
    period_start,
    level,
    block,
    'total' as indicator,
    position + case level when 'block' then 1 else 2 end as position,
    weight,
    weight_available,
    case when fact_count = indicator_count then weighted_value end as weighted_value,
    case when fact_count = indicator_count then {{ safe_divide('weighted_value', 'weight') }} end as fact,
    least_n as n,
    is_suppressed
from sums
union all
-- What is there, as if it were all: hidden indicators are not there.
select
    grain,
    period_start,
    level,
    block,
    'total_of_available' as indicator,
    position + 3 as position,
    weight,
    weight_available,
    weighted_value,
    {{ safe_divide('weighted_value', 'weight_available') }} as fact,
    coalesce(least_n_available, 0) as n,
    fact_count = 0 and is_suppressed as is_suppressed
from sums
where level = 'report'
