select
    entity,
    business_day,
    extracted_count,
    accepted_count,
    quarantined_count,
    duplicate_count,
    quarantined_rate,
    is_accounted_for,
    top_reason,
    top_reason_count
from {{ ref('int_data_quality__reconciled') }}
