-- cohort_retention: by calendar period (on, on or after) and by rolling windows of 30 days.
create table cohort_retention as
with grains (grain) as (values ('week'), ('month'), ('quarter')),
cohorts as (
    select grain, cast(date_trunc(grain, first_on) as date) as cohort_start, cast(date_trunc(grain, last_on) as date) as last_start, count(*) as customers
    from first_purchases, grains group by all
),
active as (
    select grain, cohort_start, period_start, count(*) filter (where order_count > 0) as customers, sum(order_count) as order_count, sum(revenue) as revenue
    from (
        select grain, customer_id, cast(date_trunc(grain, first_on) as date) as cohort_start, cast(date_trunc(grain, ordered_on) as date) as period_start,
            sum(order_count) as order_count, sum(net_amount) as revenue
        from customer_days join first_purchases using (customer_id), grains group by all
    )
    where period_start >= cohort_start group by all
),
cells as (
    select c.grain, c.cohort_start, p.period_start, p.period_end <= $as_of + 1 as is_complete, c.size,
        coalesce(a.customers, 0) as customers, coalesce(a.order_count, 0) as order_count, coalesce(a.revenue, 0) as revenue, coalesce(l.customers, 0) as left_last,
        row_number() over (partition by c.grain, c.cohort_start order by p.period_start) - 1 as period_offset
    from (select grain, cohort_start, sum(customers) as size from cohorts group by all) as c
    join periods as p on c.grain = p.grain and p.period_start >= c.cohort_start
    left join active as a on c.grain = a.grain and c.cohort_start = a.cohort_start and p.period_start = a.period_start
    left join cohorts as l on c.grain = l.grain and c.cohort_start = l.cohort_start and p.period_start = l.last_start
),
calendar as (
    select grain, 'on' as kind, cohort_start, period_offset, period_start, size, size as denominator, customers as retained, order_count, revenue, is_complete from cells
    union all
    select grain, 'on_or_after', cohort_start, period_offset, period_start, size, size,
        sum(left_last) over later, sum(order_count) over later, sum(revenue) over later, is_complete
    from cells window later as (partition by grain, cohort_start order by period_start desc)
),
first_days as (select first_on, count(*) as customers, ($as_of - first_on + 1) // 30 as passed from first_purchases group by all),
windows as (
    select first_on, k, count(*) filter (where order_count > 0) as customers, sum(order_count) as order_count, sum(revenue) as revenue
    from (
        select customer_id, first_on, (ordered_on - first_on) // 30 as k, sum(order_count) as order_count, sum(net_amount) as revenue
        from customer_days join first_purchases using (customer_id)
        where ordered_on >= first_on and (ordered_on - first_on) // 30 < ($as_of - first_on + 1) // 30 group by all
    )
    group by all
),
rolling as (
    select p.grain, p.period_start as cohort_start, n.k as period_offset, p.period_end + cast((n.k + 1) * 30 - 1 as integer) <= $as_of + 1 as is_complete,
        sum(f.customers) as begun, coalesce(sum(f.customers) filter (where n.k < f.passed), 0) as denominator, coalesce(sum(w.customers), 0) as retained,
        coalesce(sum(w.order_count), 0) as order_count, coalesce(sum(w.revenue), 0) as revenue, coalesce(sum(b.revenue) filter (where n.k < f.passed), 0) as base_revenue
    from first_days as f
    join (select unnest(range(0, 400)) as k) as n on f.first_on + cast(n.k * 30 as integer) <= $as_of
    join periods as p on p.grain in ('week', 'month', 'quarter') and p.period_start = date_trunc(p.grain, f.first_on)
    left join windows as w on f.first_on = w.first_on and n.k = w.k
    left join windows as b on f.first_on = b.first_on and b.k = 0
    group by all
)
select grain, kind, cohort_start, period_offset, period_start, size as cohort_size, denominator, retained, retained / denominator as value,
    order_count, revenue as revenue_amount,
    revenue / nullif(first_value(revenue) over (partition by grain, kind, cohort_start order by period_offset), 0) as revenue_retention_rate, is_complete
from calendar
union all
select grain, 'rolling', cohort_start, period_offset, null, max(begun) over (partition by grain, cohort_start), denominator, retained, retained / nullif(denominator, 0),
    order_count, revenue, revenue / nullif(base_revenue, 0), is_complete
from rolling;
