-- Valid lines in company currency, less what came back; then purchases by customer.
create table customer_dimension as
with ids as (
    select customer_id from customers union select customer_id from orders union select customer_id from contracts
    union select customer_id from survey_responses union select customer_id from survey_invitations
    union select customer_id from shipments union select customer_id from support_requests
    union select customer_id from usage_events
),
described as (
    select ids.customer_id, coalesce(segment, 'unknown') as segment, coalesce(region, 'unknown') as region
    from ids left join customers using (customer_id) where ids.customer_id is not null
)
select customer_id, 'total' as dimension, 'total' as dimension_value from described
union all select customer_id, 'segment', segment from described
union all select customer_id, 'region', region from described;

create table days as
select cast(range as date) as day from range(least($history_start, (select min(started_on) from contracts)), $as_of + 1, interval 1 day);

create table periods as
select distinct
    grain,
    cast(date_trunc(grain, day) as date) as period_start,
    cast(date_trunc(grain, day) + case grain when 'day' then interval 1 day when 'week' then interval 7 day when 'month' then interval 1 month when 'quarter' then interval 3 month else interval 1 year end as date) as period_end
from days, (values ('day'), ('week'), ('month'), ('quarter'), ('year')) as grains (grain);

create table lines as
select
    o.order_id,
    l.line_no,
    o.customer_id,
    l.product_id,
    o.ordered_at,
    o.business_day as ordered_on,
    coalesce(l.is_return, false) or l.quantity < 0 as is_return,
    l.returned_order_id,
    case when coalesce(l.is_return, false) or l.quantity < 0 then abs(l.quantity) else l.quantity end as quantity,
    cast(case when o.currency is null or o.currency = 'GBP' then a else round(a * cast(r.rate as decimal(19, 12)), 4) end as decimal(18, 4)) as amount,
    o.channel,
    o.employee_id
from orders as o
join (select *, case when coalesce(is_return, false) or quantity < 0 then abs(net_amount) else net_amount end as a from order_lines) as l using (order_id)
left join fx_rates as r on o.currency = r.currency and o.business_day = r.rate_on and o.currency <> 'GBP'
where o.status = 'completed';

-- A return that names an order takes from it.
create table named_returns as
with stacks as (
    select distinct customer_id, returned_order_id as stack, product_id from lines where is_return and returned_order_id is not null
),
events as (
    select customer_id, stack, product_id, is_return, order_id, line_no, quantity, amount,
        row_number() over (partition by customer_id, stack, product_id order by is_return, case when is_return then ordered_at end, order_id, line_no) as position
    from (
        select l.*, s.stack from lines as l join stacks as s on l.customer_id = s.customer_id and l.order_id = s.stack and l.product_id = s.product_id where not l.is_return
        union all
        select *, returned_order_id from lines where is_return and returned_order_id is not null
    )
)
select * from ({matched_returns});

-- One that names none takes from the latest earlier line of the same product that is still there.
create table unnamed_returns as
with stacks as (select distinct customer_id, product_id from lines where is_return and returned_order_id is null),
gone as (select order_id, line_no, sum(quantity) as quantity from named_returns group by all),
events as (
    select *, row_number() over (partition by customer_id, product_id order by ordered_at, is_return, order_id, line_no) as position
    from (
        select l.customer_id, '' as stack, l.product_id, l.is_return, l.order_id, l.line_no, l.quantity - coalesce(gone.quantity, 0) as quantity, l.amount, l.ordered_at
        from lines as l join stacks using (customer_id, product_id) left join gone on l.order_id = gone.order_id and l.line_no = gone.line_no
        where not l.is_return
        union all
        select customer_id, '', product_id, is_return, order_id, line_no, quantity, amount, ordered_at from lines where is_return and returned_order_id is null
    )
)
select * from ({matched_returns});

create table net_lines as
with matches as (from named_returns union all from unnamed_returns),
taken as (
    select order_id, line_no, sum(quantity) as quantity, sum(amount) as amount
    from (select order_id, line_no, quantity, amount from matches union all select return_order_id, return_line_no, quantity, amount from matches)
    group by all
)
select l.customer_id, l.order_id, l.product_id, l.ordered_on, l.channel, l.employee_id,
    not l.is_return and l.quantity - coalesce(t.quantity, 0) > 0 as is_purchase,
    case when l.is_return then -1 else 1 end * (l.amount - coalesce(t.amount, 0)) as net_amount
from lines as l left join taken as t using (order_id, line_no)
where not l.is_return or l.quantity <> coalesce(t.quantity, 0) or l.amount <> coalesce(t.amount, 0);

create table customer_days as
select customer_id, ordered_on, count(distinct order_id) filter (where is_purchase) as order_count, sum(net_amount) as net_amount
from net_lines group by all;

create table occasions as
select customer_id, ordered_on as occasion_on, row_number() over (partition by customer_id order by ordered_on) as occasion_number
from customer_days where order_count > 0;

create table first_purchases as
select customer_id, min(occasion_on) as first_on, max(occasion_on) as last_on, min(occasion_on) filter (where occasion_number = 2) as second_on
from occasions group by customer_id;
