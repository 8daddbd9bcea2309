with durations as (
    select * from {{ ref('int_purchase_intervals__durations') }}
),

survival as (
    select * from {{ ref('int_purchase_intervals__survival') }}
),

ranked as (
    select
        *,
        sum(second_purchases) over (
            partition by grain, period_start, dimension, dimension_value order by duration_days rows unbounded preceding
        ) as purchases_so_far,
        sum(second_purchases) over (partition by grain, period_start, dimension, dimension_value) as n
    from durations
),

-- The middle two ranks give the median; its bounds are the ranks z standard errors of a binomial count away.
located as (
    select
        *,
        ceil(n / 2e0) as rank_lower,
        floor(n / 2e0) + 1 as rank_upper,
        ceil(n / 2e0 - {{ normal_975() / 2 }} * sqrt(n)) as rank_low,
        ceil(n / 2e0 + {{ normal_975() / 2 }} * sqrt(n)) as rank_high
    from ranked
),

moments as (
    select
        grain,
        period_start,
        period_end,
        dimension,
        dimension_value,
        is_complete,
        sum(second_purchases + censored) as customers,
        sum(second_purchases) as second_purchases,
        sum(second_purchases * duration_days) as total_days,
        sum(cast(second_purchases as double) * duration_days * duration_days) as total_squares,
        min(case when purchases_so_far >= rank_lower then duration_days end) as lower_median,
        min(case when purchases_so_far >= rank_upper then duration_days end) as upper_median,
        min(case when rank_low >= 1 and purchases_so_far >= rank_low then duration_days end) as median_low,
        min(case when purchases_so_far >= rank_high then duration_days end) as median_high
    from located
    group by grain, period_start, period_end, dimension, dimension_value, is_complete
),

-- Survival is a product of rounded factors: a tolerance keeps an exact half a half.
survival_medians as (
    select
        grain,
        period_start,
        dimension,
        dimension_value,
        min(case when survival <= 0.5 + 1e-12 then duration_days end) as km_median,
        min(case when survival_low <= 0.5 + 1e-12 then duration_days end) as km_median_low,
        min(case when survival_high <= 0.5 + 1e-12 then duration_days end) as km_median_high
    from survival
    group by grain, period_start, dimension, dimension_value
)

select
    moments.grain,
    moments.period_start,
    moments.period_end,
    moments.dimension,
    moments.dimension_value,
    cast(moments.customers as bigint) as customers,
    cast(moments.second_purchases as bigint) as second_purchases,
    cast(moments.total_days as bigint) as total_days,
    {{ safe_divide('moments.total_days', 'moments.second_purchases') }} as mean_days,
    {{ standard_error_of_mean('moments.second_purchases', 'moments.total_days', 'moments.total_squares') }}
    * sqrt(moments.second_purchases) as standard_deviation_days,
    case when moments.second_purchases > 0 then (moments.lower_median + moments.upper_median) / 2e0 end as median_days,
    case when moments.second_purchases > 0 then moments.median_low end as median_low_days,
    case when moments.second_purchases > 0 then moments.median_high end as median_high_days,
    survival_medians.km_median as km_median_days,
    survival_medians.km_median_low as km_median_low_days,
    survival_medians.km_median_high as km_median_high_days,
    moments.is_complete
from moments
inner join survival_medians
    on
        moments.grain = survival_medians.grain
        and moments.period_start = survival_medians.period_start
        and moments.dimension = survival_medians.dimension
        and moments.dimension_value = survival_medians.dimension_value
