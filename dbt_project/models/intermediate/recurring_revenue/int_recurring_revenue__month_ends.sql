with terms as (
    select * from {{ ref('int_contract_terms') }}
    where not is_trial
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

-- The current month closes, for the time being, on the as-of date.
months as (
    select
        periods.period_number as month_number,
        least({{ add_days('periods.period_end', -1) }}, parameters.as_of_date) as closes_on
    from {{ ref('int_periods') }} as periods
    cross join parameters
    where periods.grain = 'month'
),

-- Where terms of one contract overlap, the one that started last holds.
term_months as (
    select
        months.month_number,
        terms.contract_id,
        terms.customer_id,
        terms.monthly_amount
    from terms
    inner join months
        on
            terms.started_on <= months.closes_on
            and (terms.ended_on is null or terms.ended_on > months.closes_on)
    qualify row_number() over (
        partition by terms.contract_id, months.month_number
        order by terms.started_on desc, terms.term_no desc
    ) = 1
)

select
    customer_id,
    month_number,
    cast(sum(monthly_amount) as decimal(18, 2)) as mrr_amount
from term_months
group by customer_id, month_number
having sum(monthly_amount) > 0
