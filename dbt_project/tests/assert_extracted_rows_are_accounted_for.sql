-- No row vanishes between source and lake: accepted + quarantined + exact duplicates = extracted, per entity and day. A count that is
-- not there at all is no proof either.
select
    entity,
    business_day,
    extracted_count,
    accepted_count,
    quarantined_count,
    duplicate_count
from {{ ref('int_data_quality__reconciled') }}
where not coalesce(is_accounted_for, false)
