with items as (
    select * from {{ ref('int_survey_items') }}
    where
        measure in ('nps', 'csat', 'csi_satisfaction', 'csi_importance')
        and dimension = 'total'
        and grain in ('month', 'quarter', 'year')
),

quarantined as (
    select * from {{ ref('int_quarantined_answers') }}
),

questions as (
    select * from {{ ref('int_survey_questions') }}
    where is_on_scale
),

-- The lowest share that an answer can have; importances are shares of the scale's maximum, all else of its length.
lowest_shares as (
    select
        measure,
        case when measure like 'csi%' then parameter_number else 0 end as part_number,
        case
            when measure = 'csi_importance' then coalesce(min(scale_min / nullif(scale_max, 0)), 0)
            else 0
        end as lowest_share
    from questions
    group by measure, case when measure like 'csi%' then parameter_number else 0 end
),

accepted as (
    select
        grain,
        period_start,
        measure,
        case when measure like 'csi%' then parameter_number else 0 end as part_number,
        sum(answer_count) as answer_count,
        sum(case
            when measure = 'nps' then (answer_count + high_count - low_count) / 2e0
            when measure = 'csi_importance' then score_sum / nullif(scale_max, 0)
            else (score_sum - answer_count * scale_min) / (scale_max - scale_min)
        end) as share_sum
    from items
    group by grain, period_start, measure, case when measure like 'csi%' then parameter_number else 0 end
),

both_counts as (
    select
        coalesce(accepted.grain, quarantined.grain) as grain,
        coalesce(accepted.period_start, quarantined.period_start) as period_start,
        coalesce(accepted.measure, quarantined.measure) as measure,
        coalesce(accepted.part_number, quarantined.part_number) as part_number,
        coalesce(accepted.answer_count, 0) as answer_count,
        coalesce(accepted.share_sum, 0) as share_sum,
        coalesce(quarantined.quarantined_count, 0) as quarantined_count,
        coalesce(quarantined.undated_count, 0) as undated_count,
        coalesce(quarantined.unasked_count, 0) as unasked_count,
        coalesce(
            quarantined.quarantined_count + quarantined.undated_count + quarantined.unasked_count, 0
        ) as doubtful_count,
        -- No more answers can be taken the place of than there are.
        least(coalesce(quarantined.repeated_count, 0), coalesce(accepted.answer_count, 0)) as replaced_count
    from accepted
    full outer join quarantined
        on
            accepted.grain = quarantined.grain
            and accepted.period_start = quarantined.period_start
            and accepted.measure = quarantined.measure
            and accepted.part_number = quarantined.part_number
)

-- All doubtful answers at the worst end, in the place of the best ones where they may be later answers of the same customers.
select
    both_counts.grain,
    both_counts.period_start,
    both_counts.measure,
    both_counts.part_number,
    cast(both_counts.answer_count as bigint) as answer_count,
    cast(both_counts.quarantined_count as bigint) as quarantined_count,
    cast(both_counts.undated_count as bigint) as undated_count,
    cast(both_counts.unasked_count as bigint) as unasked_count,
    greatest(lowest_shares.lowest_share, {{ safe_divide(
        'both_counts.share_sum - both_counts.replaced_count + both_counts.doubtful_count * lowest_shares.lowest_share',
        'both_counts.answer_count - both_counts.replaced_count + both_counts.doubtful_count'
    ) }}) as lowest_share,
    least(1, {{ safe_divide(
        'both_counts.share_sum - both_counts.replaced_count * lowest_shares.lowest_share + both_counts.doubtful_count',
        'both_counts.answer_count - both_counts.replaced_count + both_counts.doubtful_count'
    ) }}) as highest_share
from both_counts
inner join lowest_shares
    on
        both_counts.measure = lowest_shares.measure
        and both_counts.part_number = lowest_shares.part_number
