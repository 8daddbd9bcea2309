-- Which units of which purchase a return takes back: purchases lie on a stack in the order of `position`, a return takes from its top.
with balances as (
    select *, sum(case when is_return then -quantity else quantity end) over stack as balance from {events}
    window stack as (partition by customer_id, stack, product_id order by position)
),
heights as (
    select *, balance - least(0, min(balance) over stack) as height from balances window stack as (partition by customer_id, stack, product_id order by position)
),
steps as (
    select *, lag(height, 1, 0) over stack as height_before,
        min(height) over (partition by customer_id, stack, product_id order by position rows between current row and unbounded following) as lowest
    from heights window stack as (partition by customer_id, stack, product_id order by position)
),
slices as (
    select *, least(height, height_before) as low, greatest(height, height_before) as high from steps where height <> height_before and (is_return or lowest < height)
),
marks as (select customer_id, stack, product_id, low as mark from slices union select customer_id, stack, product_id, high from slices),
layers as (select *, lead(mark) over (partition by customer_id, stack, product_id order by mark) as next_mark from marks),
units as (
    select s.*, next_mark - mark as units, lag(order_id) over layer as purchase_order_id, lag(line_no) over layer as purchase_line_no
    from slices as s join layers as l on s.customer_id = l.customer_id and s.stack = l.stack and s.product_id = l.product_id and l.mark >= s.low and l.next_mark <= s.high
    window layer as (partition by s.customer_id, s.stack, s.product_id, l.mark order by s.position)
),
taken as (
    select customer_id, order_id, line_no, purchase_order_id, purchase_line_no, quantity as whole, amount as whole_amount, sum(units) as units from units where is_return group by all
),
shares as (
    select *, sum(units) over (partition by order_id, line_no order by purchase_order_id, purchase_line_no) as so_far from taken
)
select purchase_order_id as order_id, purchase_line_no as line_no, order_id as return_order_id, line_no as return_line_no, cast(units as decimal(18, 4)) as quantity,
    cast(case when so_far = whole then whole_amount else cast(round(cast(whole_amount * so_far as double) / cast(whole as double), 4) as decimal(18, 4)) end
    - case when so_far = units then 0 else cast(round(cast(whole_amount * (so_far - units) as double) / cast(whole as double), 4) as decimal(18, 4)) end as decimal(18, 4)) as amount
from shares
