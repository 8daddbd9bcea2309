with facts as (
    select * from {{ ref('int_report__facts') }}
    where dimension = 'total' and grain in ('month', 'quarter', 'year')
),

weights as (
    select * from {{ source('control', 'csi_report_weights') }}
),

parameters as (
    select * from {{ source('control', 'run_parameters') }}
),

blocks as (
    {%- for indicator, block in report_indicators() %}
    select
        '{{ indicator }}' as indicator,
        '{{ block }}' as block,
        {{ 10 * loop.index }} as position
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- A period with any figure has a row for each indicator of the report, so that what is missing shows.
reported as (
    select distinct
        facts.grain,
        facts.period_start,
        blocks.block,
        weights.indicator,
        blocks.position,
        weights.weight
    from facts
    cross join weights
    inner join blocks on weights.indicator = blocks.indicator
)

select
    reported.grain,
    reported.period_start,
    reported.block,
    reported.indicator,
    reported.position,
    reported.weight,
    case when facts.n >= parameters.minimum_n then facts.fact end as fact,
    case when facts.n >= parameters.minimum_n then facts.numerator end as numerator,
    facts.denominator,
    case when facts.n >= parameters.minimum_n then facts.ci_low end as ci_low,
    case when facts.n >= parameters.minimum_n then facts.ci_high end as ci_high,
    coalesce(facts.n, 0) as n,
    coalesce(facts.n < parameters.minimum_n, false) as is_suppressed
from reported
cross join parameters
left join facts
    on
        reported.grain = facts.grain
        and reported.period_start = facts.period_start
        and reported.indicator = facts.indicator
