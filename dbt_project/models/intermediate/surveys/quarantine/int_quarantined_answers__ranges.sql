{%- set cell = 'metric_id, grain, period_start' -%}
with parts as (
    select * from {{ ref('int_quarantined_answers__parts') }}
),

questions as (
    select * from {{ ref('int_survey_questions') }}
),

fixed_weights as (
    select * from {{ source('control', 'csi_weights') }}
),

part_weights as (
    select distinct
        questions.parameter_number,
        fixed_weights.weight
    from questions
    inner join fixed_weights on questions.parameter = fixed_weights.parameter
),

-- A recommendation or a satisfaction is an index of one parameter, whose weight says nothing.
weighed as (
    select
        case when scores.measure = 'csi_satisfaction' then 'csi_index' else scores.measure end as metric_id,
        scores.grain,
        scores.period_start,
        scores.part_number,
        scores.quarantined_count + coalesce(importances.quarantined_count, 0) as quarantined_count,
        scores.undated_count + coalesce(importances.undated_count, 0) as undated_count,
        scores.unasked_count,
        scores.lowest_share,
        scores.highest_share,
        case
            when scores.measure <> 'csi_satisfaction' then 1
            when exists (select 1 from fixed_weights) then part_weights.weight
            -- Whether the parameter is weighed at all hangs on answers in quarantine.
            when importances.answer_count = 0 then 0
            else importances.lowest_share
        end as lowest_weight,
        case
            when scores.measure <> 'csi_satisfaction' then 1
            when exists (select 1 from fixed_weights) then part_weights.weight
            else importances.highest_share
        end as highest_weight
    from parts as scores
    left join parts as importances
        on
            scores.measure = 'csi_satisfaction'
            and importances.measure = 'csi_importance'
            and scores.grain = importances.grain
            and scores.period_start = importances.period_start
            and scores.part_number = importances.part_number
    left join part_weights on scores.part_number = part_weights.parameter_number
    where scores.measure <> 'csi_importance'
),

-- The lowest weighted mean gives the highest weights to the lowest scores, up to one of them: each is tried, and for the highest likewise.
tried as (
    select
        tries.metric_id,
        tries.grain,
        tries.period_start,
        {%- for side, within in [('lowest', '<='), ('highest', '>=')] %}
        {%- set weight -%}
        case when parts.{{ side }}_share {{ within }} tries.{{ side }}_share then parts.highest_weight else parts.lowest_weight end
        {%- endset %}
        {{ safe_divide('sum(' ~ weight ~ ' * parts.' ~ side ~ '_share)', 'sum(' ~ weight ~ ')') }} as {{ side }}_share
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from weighed as tries
    inner join weighed as parts
        on
            tries.metric_id = parts.metric_id
            and tries.grain = parts.grain
            and tries.period_start = parts.period_start
    where tries.highest_weight is not null and parts.highest_weight is not null
    group by tries.metric_id, tries.grain, tries.period_start, tries.part_number
),

ranges as (
    select
        {{ cell }},
        min(lowest_share) as lowest_share,
        max(highest_share) as highest_share
    from tried
    group by {{ cell }}
),

counts as (
    select
        {{ cell }},
        sum(quarantined_count) as quarantined_count,
        -- An answer without a question stands beside each parameter.
        sum(undated_count) + max(unasked_count) as unplaced_count
    from weighed
    group by {{ cell }}
)

select
    ranges.metric_id,
    ranges.grain,
    ranges.period_start,
    cast(counts.quarantined_count as bigint) as quarantined_count,
    cast(counts.unplaced_count as bigint) as unplaced_count,
    case ranges.metric_id
        when 'nps' then 200 * ranges.lowest_share - 100
        when 'csat' then 1 + 4 * ranges.lowest_share
        else 100 * ranges.lowest_share
    end as lowest_value,
    case ranges.metric_id
        when 'nps' then 200 * ranges.highest_share - 100
        when 'csat' then 1 + 4 * ranges.highest_share
        else 100 * ranges.highest_share
    end as highest_value
from ranges
inner join counts
    on
        ranges.metric_id = counts.metric_id
        and ranges.grain = counts.grain
        and ranges.period_start = counts.period_start
