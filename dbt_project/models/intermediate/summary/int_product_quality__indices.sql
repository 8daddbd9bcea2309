with answers as (
    select * from {{ ref('int_product_quality__answers') }}
),

parameters as (
    select * from {{ ref('int_product_quality__parameters') }}
    where weight is not null
),

members as (
    select * from {{ ref('int_product_quality__members') }}
),

quantiles as (
    select * from {{ ref('student_t_quantiles') }}
),

indices as (
    select
        grain,
        period_start,
        side,
        dimension,
        dimension_value,
        sum(share * index_share) as index_share,
        sum(sales_share) as sales_share
    from members
    group by grain, period_start, side, dimension, dimension_value
),

-- What each respondent moves an index by, over all that they rated.
influences as (
    select
        members.grain,
        members.period_start,
        members.side,
        members.dimension,
        members.dimension_value,
        sum(
            members.share * parameters.weight
            * (answers.index_share_sum - answers.answer_count * parameters.index_share) / parameters.answer_count
        ) as influence
    from answers
    inner join parameters
        on
            answers.grain = parameters.grain
            and answers.period_start = parameters.period_start
            and answers.side = parameters.side
            and answers.product_id = parameters.product_id
            and answers.parameter = parameters.parameter
    inner join members
        on
            answers.grain = members.grain
            and answers.period_start = members.period_start
            and answers.side = members.side
            and answers.product_id = members.product_id
    group by
        members.grain,
        members.period_start,
        members.side,
        members.dimension,
        members.dimension_value,
        answers.respondent_key
),

errors as (
    select
        grain,
        period_start,
        side,
        dimension,
        dimension_value,
        count(*) as respondent_count,
        {{ error_of_influences('influence') }} as index_error
    from influences
    group by grain, period_start, side, dimension, dimension_value
)

select
    indices.grain,
    indices.period_start,
    indices.side,
    indices.dimension,
    indices.dimension_value,
    indices.index_share,
    indices.sales_share,
    errors.respondent_count,
    errors.index_error,
    {{ student_t_975('quantiles.quantile', '(errors.respondent_count - 1)') }} as quantile
from indices
inner join errors
    on
        indices.grain = errors.grain
        and indices.period_start = errors.period_start
        and indices.side = errors.side
        and indices.dimension = errors.dimension
        and indices.dimension_value = errors.dimension_value
left join quantiles on quantiles.degrees_of_freedom = errors.respondent_count - 1
