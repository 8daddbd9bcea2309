{#- Per measure the columns of a customer's part above and below the line; who has nothing below it is not behind the value. -#}
{%- set measures = [('activity_time', 'minutes', 'timed'), ('visit_frequency', 'visits', 'active'), ('days_between_visits', 'days', 'intervals')] -%}

with customer_periods as (
    select * from {{ ref('int_usage__customer_periods') }}
),

customer_dimensions as (
    select * from {{ ref('int_customer_dimensions') }}
),

-- Minutes are not known of a customer with visits of which none was timed; without a visit they are none.
parts as (
    select
        grain,
        period_start,
        customer_id,
        cast(1 as decimal(18, 4)) as active,
        cast(case when session_count = 0 or timed_session_count > 0 then 1 else 0 end as decimal(18, 4)) as timed,
        session_minutes as minutes,
        cast(session_count as decimal(18, 4)) as visits,
        cast(interval_count as decimal(18, 4)) as intervals,
        cast(interval_days as decimal(18, 4)) as days
    from customer_periods
),

summed as (
    select
        parts.grain,
        parts.period_start,
        customer_dimensions.dimension,
        customer_dimensions.dimension_value,
        count(*) as active_customer_count,
        {%- for measure, above, below in measures %}
        count(*) filter (where parts.{{ below }} > 0) as {{ measure }}_n,
        sum(parts.{{ above }}) as {{ measure }}_above,
        sum(parts.{{ below }}) as {{ measure }}_below,
        sum(parts.{{ above }} * parts.{{ above }}) as {{ measure }}_above_squares,
        sum(parts.{{ above }} * parts.{{ below }}) as {{ measure }}_products,
        sum(parts.{{ below }} * parts.{{ below }}) as {{ measure }}_below_squares
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from parts
    inner join customer_dimensions on parts.customer_id = customer_dimensions.customer_id
    group by parts.grain, parts.period_start, customer_dimensions.dimension, customer_dimensions.dimension_value
)

{%- for measure, above, below in measures %}
select
    grain,
    period_start,
    dimension,
    dimension_value,
    '{{ measure }}' as measure,
    active_customer_count,
    {{ measure }}_n as n,
    cast({{ measure }}_above as double) as numerator,
    cast({{ measure }}_below as double) as denominator,
    cast({{ measure }}_above_squares as double) as numerator_squares,
    cast({{ measure }}_products as double) as products,
    cast({{ measure }}_below_squares as double) as denominator_squares
from summed
where {{ measure }}_n > 0
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
