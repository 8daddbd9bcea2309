with answers as (
    select * from {{ ref('int_product_quality__answers') }}
),

weights as (
    select * from {{ source('control', 'quality_weights') }}
),

quantiles as (
    select * from {{ ref('student_t_quantiles') }}
),

{% set key = ['grain', 'period_start', 'side', 'product_id', 'parameter'] %}
means as (
    select
        {{ key | join(', ') }},
        cast(sum(answer_count) as bigint) as answer_count,
        sum(index_share_sum) / sum(answer_count) as index_share
    from answers
    group by {{ key | join(', ') }}
),

-- What each respondent moves the mean by: their answers belong together.
influences as (
    select
        means.*,
        (answers.index_share_sum - answers.answer_count * means.index_share) / means.answer_count as influence
    from means
    inner join answers
        on
            means.grain = answers.grain
            and means.period_start = answers.period_start
            and means.side = answers.side
            and means.product_id = answers.product_id
            and means.parameter = answers.parameter
),

measured as (
    select
        {{ key | join(', ') }},
        answer_count,
        index_share,
        count(*) as respondent_count,
        {{ error_of_influences('influence') }} as index_error
    from influences
    group by {{ key | join(', ') }}, answer_count, index_share
),

-- Without configured weights every indicator weighs the same; one that they leave out is shown and not in the index.
weighed as (
    select
        measured.*,
        {{ student_t_975('quantiles.quantile', '(measured.respondent_count - 1)') }} as quantile,
        case
            when exists (select configured.parameter from weights as configured) then weights.weight
            else 1
        end as stated_weight
    from measured
    left join weights on measured.parameter = weights.parameter
    left join quantiles on quantiles.degrees_of_freedom = measured.respondent_count - 1
)

select
    {{ key | join(',\n    ') }},
    answer_count,
    respondent_count,
    index_share,
    index_error,
    quantile,
    {{ safe_divide('stated_weight', 'sum(stated_weight) over (partition by grain, period_start, side, product_id)') }}
        as weight
from weighed
