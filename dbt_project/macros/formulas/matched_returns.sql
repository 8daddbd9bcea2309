{#-
  Which purchased units a return takes back: for each stack (the rows of one `stack_key`), purchases are laid on top of one another
  in the order of `position`, and a return takes from the top. So the latest unit that is still there goes first, a return may take
  from several lines, and one that finds the stack empty leaves a rest.

  `events` names a CTE with: the columns of `stack_key`, position (unique in a stack), is_return, order_id, line_no,
  quantity and amount (both as positive numbers). The result is CTEs; the last, `matches`, has one row per return line and purchase
  line: customer_id, return_order_id, return_line_no, order_id, line_no, quantity, amount.

  How it works: `height` is the stack's height after each event, never below zero. A purchase covers the slab of heights between
  the height before and after it, a return likewise. Within one elementary slab purchases and returns alternate, so that the
  event before a return is the purchase that it takes back.
-#}
{% macro matched_returns(events, stack_key) -%}
{%- set key = stack_key | join(', ') -%}
balances as (
    select
        *,
        sum(case when is_return then -quantity else quantity end) over (partition by {{ key }} order by position) as balance
    from {{ events }}
),

floored as (
    select
        *,
        balance - least(0, min(balance) over (partition by {{ key }} order by position)) as height
    from balances
),

crossings as (
    select
        *,
        lag(height, 1, 0) over (partition by {{ key }} order by position) as height_before,
        min(height) over (partition by {{ key }} order by position rows between current row and unbounded following) as lowest_from_here
    from floored
),

-- Units that no return reaches need no slabs; that keeps the next join small.
touched as (
    select
        *,
        least(height, height_before) as slab_from,
        greatest(height, height_before) as slab_to
    from crossings
    where height <> height_before and (is_return or lowest_from_here < height)
),

boundaries as (
    select {{ key }}, slab_from as boundary from touched
    union
    select {{ key }}, slab_to as boundary from touched
),

slabs as (
    select
        {{ key }},
        boundary as elementary_from,
        lead(boundary) over (partition by {{ key }} order by boundary) as elementary_to
    from boundaries
),

layers as (
    select
        touched.*,
        slabs.elementary_to - slabs.elementary_from as units,
        lag(touched.order_id) over (
            partition by {% for column in stack_key %}touched.{{ column }}, {% endfor %}slabs.elementary_from order by touched.position
        ) as purchase_order_id,
        lag(touched.line_no) over (
            partition by {% for column in stack_key %}touched.{{ column }}, {% endfor %}slabs.elementary_from order by touched.position
        ) as purchase_line_no
    from touched
    inner join slabs
        on {% for column in stack_key %}touched.{{ column }} = slabs.{{ column }} and {% endfor %}slabs.elementary_from >= touched.slab_from
        and slabs.elementary_to <= touched.slab_to
),

taken as (
    select
        customer_id,
        order_id as return_order_id,
        line_no as return_line_no,
        purchase_order_id,
        purchase_line_no,
        quantity as return_quantity,
        amount as return_amount,
        sum(units) as units
    from layers
    where is_return
    group by customer_id, order_id, line_no, purchase_order_id, purchase_line_no, quantity, amount
),

-- Amounts go with the units. Rounding the running share makes the parts of a return add up to the cent.
shares as (
    select
        *,
        sum(units) over (
            partition by return_order_id, return_line_no order by purchase_order_id nulls last, purchase_line_no nulls last
        ) as units_so_far
    from taken
),

matches as (
    select
        customer_id,
        return_order_id,
        return_line_no,
        purchase_order_id as order_id,
        purchase_line_no as line_no,
        cast(units as decimal(18, 4)) as quantity,
        cast(
            {{ _share_of_amount('return_amount', 'units_so_far', 'return_quantity') }}
            - {{ _share_of_amount('return_amount', 'units_so_far - units', 'return_quantity') }}
            as decimal(18, 4)
        ) as amount
    from shares
)
{%- endmacro %}

{% macro _share_of_amount(amount, units, quantity) -%}
case
    when {{ units }} = {{ quantity }} then {{ amount }}
    else cast({{ rounded(safe_divide(amount ~ ' * (' ~ units ~ ')', quantity), 4) }} as decimal(18, 4))
end
{%- endmacro %}
