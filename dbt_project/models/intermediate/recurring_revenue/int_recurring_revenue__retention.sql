with movements as (
    select * from {{ ref('int_recurring_revenue__movements') }}
    where start_mrr_amount > 0
),

customer_dimensions as (
    select * from {{ ref('int_customer_dimensions') }}
),

totals as (
    select
        *,
        cast(start_mrr_amount + expansion_amount - contraction_amount - churn_amount as decimal(18, 2))
            as nrr_numerator_amount,
        cast(start_mrr_amount - contraction_amount - churn_amount as decimal(18, 2)) as grr_numerator_amount
    from {{ ref('int_recurring_revenue__totals') }}
    where start_mrr_amount > 0
),

t_quantiles as (
    select * from {{ ref('student_t_quantiles') }}
),

-- How far each customer's kept revenue lies from the ratio of all, in exact decimals.
deviations as (
    select
        totals.dimension,
        totals.dimension_value,
        totals.grain,
        totals.period_number,
        cast(movements.start_mrr_amount as double) as start_amount,
        cast(
            {{ exact_product('movements.end_mrr_amount', 'totals.start_mrr_amount') }}
            - {{ exact_product('movements.start_mrr_amount', 'totals.nrr_numerator_amount') }} as double
        ) as nrr_deviation,
        cast(
            {{ exact_product(
                'least(movements.start_mrr_amount, movements.end_mrr_amount)', 'totals.start_mrr_amount'
            ) }}
            - {{ exact_product('movements.start_mrr_amount', 'totals.grr_numerator_amount') }} as double
        ) as grr_deviation
    from movements
    inner join customer_dimensions on movements.customer_id = customer_dimensions.customer_id
    inner join totals
        on
            customer_dimensions.dimension = totals.dimension
            and customer_dimensions.dimension_value = totals.dimension_value
            and movements.grain = totals.grain
            and movements.period_number = totals.period_number
),

squared as (
    select
        dimension,
        dimension_value,
        grain,
        period_number,
        sum(start_amount * start_amount) as squared_starts,
        sum(nrr_deviation * nrr_deviation) as nrr_squared_deviations,
        sum(grr_deviation * grr_deviation) as grr_squared_deviations
    from deviations
    group by dimension, dimension_value, grain, period_number
),

estimated as (
    select
        totals.*,
        {%- for ratio in ['nrr', 'grr'] %}
        {{ safe_divide('totals.' ~ ratio ~ '_numerator_amount', 'totals.start_mrr_amount') }} as {{ ratio }},
        {{ ratio_of_sums_standard_error(
            'squared.' ~ ratio ~ '_squared_deviations', 'totals.start_mrr_amount', 'totals.start_customer_count'
        ) }} as {{ ratio }}_standard_error,
        {%- endfor %}
        cast(totals.start_mrr_amount as double)
        * cast(totals.start_mrr_amount as double)
        / squared.squared_starts as n_effective,
        {{ student_t_975('t_quantiles.quantile', '(totals.start_customer_count - 1)') }} as t_quantile
    from totals
    inner join squared
        on
            totals.dimension = squared.dimension
            and totals.dimension_value = squared.dimension_value
            and totals.grain = squared.grain
            and totals.period_number = squared.period_number
    left join t_quantiles on t_quantiles.degrees_of_freedom = totals.start_customer_count - 1
)

-- Gross retention is a share of 0 to 1 per customer, weighted by revenue: a proportion, for which the delta method
-- is far too narrow where few customers lose much. Net retention has no such bound.
select
    dimension,
    dimension_value,
    grain,
    period_number,
    start_mrr_amount,
    start_customer_count,
    n_effective,
    nrr_numerator_amount,
    nrr,
    nrr_standard_error,
    case when nrr_standard_error is not null then greatest(0.0, nrr - t_quantile * nrr_standard_error) end
        as nrr_ci_low,
    nrr + t_quantile * nrr_standard_error as nrr_ci_high,
    grr_numerator_amount,
    grr,
    grr_standard_error,
    {{ wilson_low('grr * n_effective', 'n_effective') }} as grr_ci_low,
    {{ wilson_high('grr * n_effective', 'n_effective') }} as grr_ci_high
from estimated
