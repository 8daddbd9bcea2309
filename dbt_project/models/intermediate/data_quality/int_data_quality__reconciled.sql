with counts as (
    select * from {{ source('control', 'partition_counts') }}
),

reasons as (
    select * from {{ source('control', 'quarantine_reasons') }}
),

-- Of reasons as frequent as each other the first by name stands for them, so that it does not change from run to run.
top_reasons as (
    select
        entity,
        business_day,
        reason,
        row_count
    from reasons
    where row_count > 0
    qualify row_number() over (partition by entity, business_day order by row_count desc, reason asc) = 1
)

select
    counts.entity,
    counts.business_day,
    counts.extracted as extracted_count,
    counts.accepted as accepted_count,
    counts.quarantined as quarantined_count,
    counts.duplicates as duplicate_count,
    {{ safe_divide('counts.quarantined', 'counts.extracted') }} as quarantined_rate,
    counts.accepted + counts.quarantined + counts.duplicates = counts.extracted as is_accounted_for,
    top_reasons.reason as top_reason,
    top_reasons.row_count as top_reason_count
from counts
left join top_reasons
    on
        counts.entity = top_reasons.entity
        and (
            counts.business_day = top_reasons.business_day
            or (counts.business_day is null and top_reasons.business_day is null)
        )
