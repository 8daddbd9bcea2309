{%- set cell = 'composite, grain, period_start, dimension, dimension_value' -%}
with items as (
    select
        *,
        case when measure like 'acsi%' then 'acsi' else 'servqual' end as composite,
        {{ composite_part('measure', 'parameter_number') }} as part_number,
        case when measure like 'acsi%' then replace(measure, 'acsi_', '') else block end as part_block,
        case when measure like 'acsi%' then replace(measure, 'acsi_', '') else parameter end as part_name
    from {{ ref('int_survey_items') }}
    where measure like 'acsi%' or measure like 'servqual%'
),

-- What each block counts for; the ACSI has one question in each.
shares as (
    select
        'acsi' as composite,
        question as block,
        weight as share
    from {{ source('control', 'acsi_weights') }}
    where weight > 0
    union all
    select
        'servqual' as composite,
        parameter as block,
        points / 100 as share
    from {{ source('control', 'servqual_points') }}
    where points > 0
),

configured as (
    select
        composite,
        count(*) as share_count
    from shares
    group by composite
),

-- A gap takes both of its sides.
parts as (
    select
        dense_rank() over (order by {{ cell }}) as cell_number,
        {{ cell }},
        part_block as block,
        part_name as part,
        part_number,
        measure,
        case when measure = 'servqual_expectation' then -1 else 1 end as sign,
        sum(answer_count) as answer_count,
        sum(score_sum) / sum(answer_count) as mean_score,
        {{ common_value('scale_min', 'scale_max') }} as scale_min,
        {{ common_value('scale_max', 'scale_min') }} as scale_max
    from items
    group by {{ cell }}, part_block, part_name, part_number, measure
    qualify
        composite = 'acsi'
        or count(*) over (partition by {{ cell }}, part_number) = 2
),

blocks as (
    select
        cell_number,
        composite,
        block,
        count(*) filter (where sign = 1) as part_count
    from parts
    group by cell_number, composite, block
),

-- Equal shares where none are configured; where some are, each of these blocks must be there: nothing is made up for a missing one.
weighed as (
    select
        blocks.*,
        case
            when configured.share_count is null
                then 1e0 / count(*) over (partition by blocks.cell_number)
            when count(shares.share) over (partition by blocks.cell_number) = configured.share_count
                then coalesce(shares.share, 0)
        end as share
    from blocks
    left join shares
        on
            blocks.composite = shares.composite
            and blocks.block = shares.block
    left join configured on blocks.composite = configured.composite
)

select
    parts.cell_number,
    dense_rank() over (order by parts.composite, parts.block) as block_number,
    parts.composite,
    parts.grain,
    parts.period_start,
    parts.dimension,
    parts.dimension_value,
    parts.block,
    parts.part,
    parts.part_number,
    parts.measure,
    parts.sign,
    cast(parts.answer_count as bigint) as answer_count,
    parts.mean_score,
    parts.scale_min,
    parts.scale_max,
    cast(weighed.share as double) as share,
    cast(1e0 / weighed.part_count as double) as block_weight,
    cast(weighed.share / weighed.part_count as double) as total_weight
from parts
inner join weighed
    on
        parts.cell_number = weighed.cell_number
        and parts.block = weighed.block
