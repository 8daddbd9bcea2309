with responses as (
    select * from {{ ref('int_key_drivers__responses') }}
),

units as (
    select * from {{ ref('int_key_drivers__units') }}
)

-- Answers of one respondent, and months of one unit, are not independent of each other: they make one cluster.
select
    'parameters' as analysis,
    survey_id as scope,
    response_id as observation_id,
    respondent_key as cluster_id,
    is_predictor,
    variable,
    cast(value as double) as value
from responses
union all
select
    'units' as analysis,
    unit_kind as scope,
    unit_id || ' ' || cast(period_start as {{ dbt.type_string() }}) as observation_id,
    unit_id as cluster_id,
    is_predictor,
    variable,
    cast(value as double) as value
from units
