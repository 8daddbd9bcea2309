-- The main metrics in one long table. Who was active at an instant: bought in the year before it, or has a contract in force.
create table activity_spans as
with acts as (
    select customer_id, ordered_on + 1 as active_from, ordered_on + 366 as active_to from customer_days where order_count > 0
    union all
    select customer_id, began_on + 1, coalesce(ended_on + 1, $as_of + 2) from stretches
),
numbered as (
    select *, sum(case when active_from <= until then 0 else 1 end) over (partition by customer_id order by active_from, active_to) as span
    from (select *, max(active_to) over (partition by customer_id order by active_from, active_to rows between unbounded preceding and 1 preceding) as until from acts)
)
select customer_id, min(active_from) as active_from, max(active_to) as active_to from numbered group by customer_id, span;

create table retention as
with instants as (
    select grain, period_start, period_end, least(period_end, $as_of + 1) as ends_on from periods where grain in ('month', 'quarter', 'year')
),
at_start as (select grain, period_start, customer_id from instants join activity_spans on active_from <= period_start and active_to > period_start),
at_end as (select grain, period_start, customer_id from instants join activity_spans on active_from <= ends_on and active_to > ends_on)
select s.grain, s.period_start, d.dimension, d.dimension_value, count(*) as active_at_start, count(e.customer_id) as retained
from at_start as s join customer_dimension as d using (customer_id)
left join at_end as e on s.grain = e.grain and s.period_start = e.period_start and s.customer_id = e.customer_id
group by all;

create table kpi as
select 'crr' as metric_id, grain, period_start, dimension, dimension_value, retained / active_at_start as value from retention
union all select 'churn_rate_start_base', grain, period_start, dimension, dimension_value, (active_at_start - retained) / active_at_start from retention
union all select 'repurchase_ratio' || case window_name when '365' then '' else '_' || window_name end, grain, period_start, dimension, dimension_value, repurchase_ratio from repurchase
union all select 'repeat_purchase_rate' || case window_name when '365' then '' else '_' || window_name end, grain, period_start, dimension, dimension_value, repeat_purchase_rate from repurchase
union all select 'upselling_ratio' || case window_name when '365' then '' else '_' || window_name end, grain, period_start, dimension, dimension_value, value from upsell where n > 0
union all select 'mrr', 'month', period_start, dimension, dimension_value, cast(end_mrr_amount as double) from mrr_movements where end_customer_count > 0
union all select 'arpa_recurring', 'month', period_start, dimension, dimension_value, end_mrr_amount / end_customer_count from mrr_movements where end_customer_count > 0
union all select 'nrr', 'month', period_start, dimension, dimension_value, nrr from mrr_movements where start_mrr_amount > 0
union all select 'grr', 'month', period_start, dimension, dimension_value, grr from mrr_movements where start_mrr_amount > 0
union all from survey_kpis;
