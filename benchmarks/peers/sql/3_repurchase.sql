-- repurchase and upsell: what customers of a first period did within their windows.
create table windows as
with bought as (
    select distinct customer_id, product_id, ordered_on from net_lines where is_purchase
),
repeats as (
    select customer_id, min(ordered_on) as repeat_on
    from (select *, row_number() over (partition by customer_id, product_id order by ordered_on) as n from bought) where n = 2 group by all
),
news as (
    select customer_id, min(began_on) as different_on
    from (select customer_id, product_id, min(ordered_on) as began_on from bought group by all) join first_purchases using (customer_id)
    where began_on > first_on group by all
)
select f.customer_id, f.first_on, w.days,
    coalesce(cast(w.days as varchar), 'lifetime') as window_name,
    w.days is null or f.first_on + w.days <= $as_of + 1 as is_mature,
    coalesce(f.second_on < ends_on, false) as is_multi,
    coalesce(r.repeat_on < ends_on, false) as has_same,
    coalesce(n.different_on < ends_on, false) as has_different
from first_purchases as f
cross join (values (90), (180), (365), (null)) as w (days)
cross join lateral (select case when w.days is null then $as_of + 1 else f.first_on + w.days end as ends_on)
left join repeats as r using (customer_id) left join news as n using (customer_id);

create table repurchase as
select p.grain, p.period_start, d.dimension, d.dimension_value, w.window_name, count(*) as customers,
    count(*) filter (where not is_multi) as one_time_customers, count(*) filter (where is_multi) as multi_customers, count(*) filter (where has_same) as repeat_same_customers,
    count(*) filter (where has_same) / nullif(count(*) filter (where not is_multi), 0) as repurchase_ratio,
    count(*) filter (where is_multi) / count(*) as repeat_purchase_rate,
    case when any_value(w.days) is null then p.period_end <= $as_of + 1 else p.period_end + any_value(w.days) - 1 <= $as_of + 1 end as is_complete
from windows as w join customer_dimension as d using (customer_id)
join periods as p on p.grain in ('month', 'quarter', 'year') and p.period_start = date_trunc(p.grain, w.first_on)
where w.is_mature group by p.grain, p.period_start, p.period_end, d.dimension, d.dimension_value, w.window_name;

create table upsell as
with first_dimensions as (
    from customer_dimension semi join first_purchases using (customer_id)
    union all
    select distinct l.customer_id, dimension, value
    from net_lines as l join first_purchases as f on l.customer_id = f.customer_id and l.ordered_on = f.first_on
    left join products as p on l.product_id = p.product_id
    cross join lateral (values
        ('channel', coalesce(l.channel, 'unknown')), ('employee', coalesce(l.employee_id, 'unknown')),
        ('product_category', coalesce(nullif(trim(split_part(p.category_path, '>', 1)), ''), 'unknown'))
    ) as v (dimension, value)
    where l.is_purchase
)
select p.grain, p.period_start, w.window_name, d.dimension, d.dimension_value, count(*) as customer_count,
    count(*) filter (where is_mature) as n, count(*) filter (where is_mature and not is_multi) as denominator, count(*) filter (where is_mature and is_multi) as multi_count,
    count(*) filter (where is_mature and has_same) as same_count, count(*) filter (where is_mature and has_different) as different_count,
    count(*) filter (where is_mature and has_same and has_different) as both_count,
    count(*) filter (where is_mature and has_different) / nullif(count(*) filter (where is_mature and not is_multi), 0) as value
from windows as w join first_dimensions as d using (customer_id)
join periods as p on p.grain in ('month', 'quarter', 'year') and p.period_start = date_trunc(p.grain, w.first_on)
group by all;
