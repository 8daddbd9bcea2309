-- mrr_movements by month, and contract_survival by cohort and plan.
create table terms as
with known as (
    select contract_id, term_no, customer_id, plan_id, started_on, coalesce(is_trial, false) as is_trial,
        case when ended_on <= $as_of then ended_on end as ended_on,
        recurring_amount, coalesce(currency, 'GBP') as currency, min(started_on) over (partition by contract_id) as began_on,
        case coalesce(billing_period, 'month') when 'month' then 1 when 'quarter' then 3 else 12 end as months
    from contracts where started_on <= $as_of and (ended_on is null or ended_on > started_on or started_on is null)
)
select known.*, cast(floor((2 * cast(cast(case when known.currency = 'GBP' then recurring_amount else round(recurring_amount * cast(rate as decimal(19, 12)), 4) end as decimal(18, 4)) * 10000 as bigint) + 100 * months) / (200 * months)) as bigint) * 0.01::decimal(3, 2) as monthly
from known left join fx_rates on known.currency = fx_rates.currency and known.began_on = fx_rates.rate_on;

create table month_ends as
with months as (select period_start as month, least(period_end - 1, $as_of) as closes_on from periods where grain = 'month'),
held as (
    select month, contract_id, customer_id, monthly
    from terms join months on started_on <= closes_on and (ended_on is null or ended_on > closes_on)
    where not is_trial
    qualify row_number() over (partition by contract_id, month order by started_on desc, term_no desc) = 1
)
select customer_id, month, sum(monthly) as mrr from held group by all having sum(monthly) > 0;

create table mrr_movements as
with balances as (
    select customer_id, month, sum(began) as began, sum(mrr) as mrr
    from (select customer_id, month, 0 as began, mrr from month_ends union all select customer_id, cast(month + interval 1 month as date), mrr, 0 from month_ends)
    where month <= $as_of group by all
),
moved as (
    select b.*, case when began = 0 and first_month < month then 'reactivation' when began = 0 then 'new' when mrr = 0 then 'churn'
        when mrr > began then 'expansion' when mrr < began then 'contraction' end as movement
    from balances as b join (select customer_id, min(month) as first_month from month_ends group by all) using (customer_id)
),
summed as (
    select dimension, dimension_value, month, sum(began) as start_mrr_amount, sum(mrr) as end_mrr_amount,
        count(*) filter (where began > 0) as start_customer_count, count(*) filter (where mrr > 0) as end_customer_count,
        coalesce(sum(mrr - began) filter (where movement = 'new'), 0) as new_amount, count(*) filter (where movement = 'new') as new_customer_count,
        coalesce(sum(mrr - began) filter (where movement = 'reactivation'), 0) as reactivation_amount, count(*) filter (where movement = 'reactivation') as reactivation_customer_count,
        coalesce(sum(mrr - began) filter (where movement = 'expansion'), 0) as expansion_amount, count(*) filter (where movement = 'expansion') as expansion_customer_count,
        coalesce(sum(began - mrr) filter (where movement = 'contraction'), 0) as contraction_amount, count(*) filter (where movement = 'contraction') as contraction_customer_count,
        coalesce(sum(began - mrr) filter (where movement = 'churn'), 0) as churn_amount, count(*) filter (where movement = 'churn') as churn_customer_count
    from moved join customer_dimension using (customer_id) group by all
)
select p.period_start, f.dimension, f.dimension_value, coalesce(columns(s.* exclude (dimension, dimension_value, month)), 0),
    (start_mrr_amount + expansion_amount - contraction_amount - churn_amount) / nullif(start_mrr_amount, 0) as nrr,
    (start_mrr_amount - contraction_amount - churn_amount) / nullif(start_mrr_amount, 0) as grr
from (select dimension, dimension_value, min(month) as first_month from summed group by all) as f
join periods as p on p.grain = 'month' and p.period_start >= f.first_month
left join summed as s on f.dimension = s.dimension and f.dimension_value = s.dimension_value and p.period_start = s.month;

-- Terms that touch or overlap are one stretch; a contract churns where a stretch ends and none follows at once.
create table stretches as
with numbered as (
    select *, sum(case when started_on <= until then 0 else 1 end) over (partition by contract_id, customer_id order by started_on, term_no) as stretch
    from (
        select *, max(coalesce(ended_on, date '9999-12-31')) over (partition by contract_id, customer_id order by started_on, term_no rows between unbounded preceding and 1 preceding) as until
        from terms where not is_trial
    )
)
select contract_id, customer_id, min_by(plan_id, (started_on, term_no)) as plan_id, min(started_on) as began_on, nullif(max(coalesce(ended_on, date '9999-12-31')), date '9999-12-31') as ended_on
from numbered group by contract_id, customer_id, stretch;

create table contract_survival as
with lives as (
    select contract_id, min(began_on) as began_on, min(plan_id) filter (where began_on = first_on) as plan_id,
        min(ended_on) filter (where ended_on <= $as_of and (next_on is null or next_on > ended_on)) as churned_on,
        max(coalesce(ended_on, $as_of + 1)) as seen_until
    from (select *, min(began_on) over (partition by contract_id) as first_on, lead(began_on) over (partition by contract_id order by began_on) as next_on from stretches)
    group by contract_id
),
members as (
    select grain, case when grain <> 'total' then cast(date_trunc(case grain when 'total' then 'year' else grain end, began_on) as date) end as cohort_start, dimension, case dimension when 'plan' then coalesce(plan_id, 'unknown') else 'total' end as dimension_value,
        churned_on is not null as is_churned, coalesce(churned_on, seen_until) - began_on as days
    from lives, (values ('month'), ('quarter'), ('year'), ('total')) as g (grain), (values ('total'), ('plan')) as d (dimension)
),
times as (
    select grain, cohort_start, dimension, dimension_value, days, count(*) filter (where is_churned) as event_count, count(*) filter (where not is_churned) as censored_count
    from members group by all
    union all
    select distinct grain, cohort_start, dimension, dimension_value, 0, 0, 0 from members
),
risks as (
    select *, sum(event_count + censored_count) over (partition by grain, cohort_start, dimension, dimension_value order by days desc rows between unbounded preceding and current row) as at_risk_count
    from (select grain, cohort_start, dimension, dimension_value, days, sum(event_count) as event_count, sum(censored_count) as censored_count from times group by all)
)
select grain, cohort_start, dimension, dimension_value, days as days_since_start, at_risk_count, event_count, censored_count,
    product(1 - event_count / at_risk_count) over (partition by grain, cohort_start, dimension, dimension_value order by days rows between unbounded preceding and current row) as survival_rate
from risks;
