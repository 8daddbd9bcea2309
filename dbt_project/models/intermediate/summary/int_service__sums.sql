with shipments as (
    select * from {{ ref('stg_shipments') }}
),

products as (
    select * from {{ ref('stg_products') }}
),

customer_dimensions as (
    select * from {{ ref('int_customer_dimensions') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
    where grain in ('month', 'quarter', 'year')
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

dimensions as (
    select 'total' as dimension
    union all
    select dimension from {{ source('control', 'dimensions') }}
),

described as (
    select
        shipments.*,
        coalesce(segments.dimension_value, 'unknown') as segment,
        coalesce(regions.dimension_value, 'unknown') as region,
        coalesce({{ top_category('products.category_path') }}, 'unknown') as product_category
    from shipments
    left join products on shipments.product_id = products.product_id
    left join customer_dimensions as segments
        on shipments.customer_id = segments.customer_id and segments.dimension = 'segment'
    left join customer_dimensions as regions
        on shipments.customer_id = regions.customer_id and regions.dimension = 'region'
),

{% set parts = 'segment, region, product_category' %}
-- Each level is 1 less what failed over the whole. An unknown part says nothing; a delivery is judged once its promised day has passed.
failures as (
    select
        'defect_level' as level,
        {{ parts }},
        shipped_on as measured_on,
        shipped_quantity as whole_quantity,
        defective_quantity as failed_quantity
    from described
    where defective_quantity is not null
    union all
    select
        'deficit_level' as level,
        {{ parts }},
        shipped_on as measured_on,
        cast(shipped_quantity + short_quantity as decimal(18, 4)) as whole_quantity,
        short_quantity as failed_quantity
    from described
    where short_quantity is not null
    union all
    select
        'on_time_level' as level,
        {{ parts }},
        described.promised_on as measured_on,
        cast(1 as decimal(18, 4)) as whole_quantity,
        cast(
            case when described.delivered_on <= described.promised_on then 0 else 1 end as decimal(18, 4)
        ) as failed_quantity
    from described
    inner join parameters on described.promised_on <= parameters.as_of_date
),

daily as (
    select
        level,
        {{ parts }},
        measured_on,
        count(*) as shipment_count,
        sum(failed_quantity) as failed_quantity,
        sum(whole_quantity) as whole_quantity,
        sum({{ exact_product('failed_quantity', 'failed_quantity') }}) as failed_square_sum,
        sum({{ exact_product('failed_quantity', 'whole_quantity') }}) as product_sum,
        sum({{ exact_product('whole_quantity', 'whole_quantity') }}) as whole_square_sum
    from failures
    group by level, {{ parts }}, measured_on
)

{%- for dimension in ['total', 'segment', 'region', 'product_category'] %}
select
    daily.level,
    calendar.grain,
    calendar.period_start,
    '{{ dimension }}' as dimension,
    {{ "'total'" if dimension == 'total' else 'daily.' ~ dimension }} as dimension_value,
    {%- for column in [
        'failed_quantity', 'whole_quantity', 'failed_square_sum', 'product_sum', 'whole_square_sum'
    ] %}
    cast(sum(daily.{{ column }}) as decimal(38, 8)) as {{ column }},
    {%- endfor %}
    cast(sum(daily.shipment_count) as bigint) as shipment_count
from daily
inner join calendar on daily.measured_on = calendar.date_day
where '{{ dimension }}' in (select dimensions.dimension from dimensions)
group by daily.level, calendar.grain, calendar.period_start{{ "" if dimension == 'total' else ", daily." ~ dimension }}
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
