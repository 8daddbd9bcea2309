with movements as (
    select * from {{ ref('int_recurring_revenue__movements') }}
),

customer_dimensions as (
    select * from {{ ref('int_customer_dimensions') }}
),

periods as (
    select * from {{ ref('int_periods') }}
),

dimensioned as (
    select
        customer_dimensions.dimension,
        customer_dimensions.dimension_value,
        movements.*
    from movements
    inner join customer_dimensions on movements.customer_id = customer_dimensions.customer_id
),

-- From the first month of a dimension value on there is no gap, also where nothing is left.
dense_periods as (
    select
        firsts.dimension,
        firsts.dimension_value,
        periods.grain,
        periods.period_number,
        periods.period_start,
        periods.period_end,
        periods.is_complete
    from (
        select
            dimension,
            dimension_value,
            grain,
            min(period_number) as first_period_number
        from dimensioned
        group by dimension, dimension_value, grain
    ) as firsts
    inner join periods
        on
            firsts.grain = periods.grain
            and firsts.first_period_number <= periods.period_number
),

summed as (
    select
        dense_periods.dimension,
        dense_periods.dimension_value,
        dense_periods.grain,
        dense_periods.period_number,
        dense_periods.period_start,
        dense_periods.period_end,
        dense_periods.is_complete,
        cast(coalesce(sum(dimensioned.start_mrr_amount), 0) as decimal(18, 2)) as start_mrr_amount,
        cast(coalesce(sum(dimensioned.end_mrr_amount), 0) as decimal(18, 2)) as end_mrr_amount,
        {%- for movement in recurring_revenue_movements() %}
        cast(coalesce(
            sum(abs(dimensioned.end_mrr_amount - dimensioned.start_mrr_amount)) filter (
                where dimensioned.movement = '{{ movement }}'
            ),
            0
        ) as decimal(18, 2)) as {{ movement }}_amount,
        count(*) filter (where dimensioned.movement = '{{ movement }}') as {{ movement }}_customer_count,
        {%- endfor %}
        count(*) filter (where dimensioned.start_mrr_amount > 0) as start_customer_count,
        count(*) filter (where dimensioned.end_mrr_amount > 0) as end_customer_count
    from dense_periods
    left join dimensioned
        on
            dense_periods.dimension = dimensioned.dimension
            and dense_periods.dimension_value = dimensioned.dimension_value
            and dense_periods.grain = dimensioned.grain
            and dense_periods.period_number = dimensioned.period_number
    group by
        dense_periods.dimension,
        dense_periods.dimension_value,
        dense_periods.grain,
        dense_periods.period_number,
        dense_periods.period_start,
        dense_periods.period_end,
        dense_periods.is_complete
)

select
    dimension,
    dimension_value,
    grain,
    period_number,
    period_start,
    period_end,
    is_complete,
    start_mrr_amount,
    {%- for movement in recurring_revenue_movements() %}
    {{ movement }}_amount,
    {{ movement }}_customer_count,
    {%- endfor %}
    end_mrr_amount,
    start_customer_count,
    end_customer_count
from summed
