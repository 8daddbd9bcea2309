with occasion_parameters as (
    select * from {{ ref('int_csi__occasions') }}
),

parameters as (
    select * from {{ ref('int_csi__parameters') }}
),

calendar as (
    select * from {{ ref('int_calendar') }}
),

cells as (
    select distinct
        cell_number,
        grain,
        period_start,
        dimension,
        dimension_value
    from parameters
),

{% set circumstances =
    'occasion_number, respondent_number, answered_on, superseded_on, is_own_brand, ' ~ survey_dimensions()[1:] | join(', ')
%}
occasions as (
    select
        {{ circumstances }},
        'total' as total,
        sum(own_weight) as own_weight,
        sum(own_weighted_share) as own_weighted_share
    from occasion_parameters
    group by {{ circumstances }}
),

-- Only configured dimensions have cells.
final as (
    {%- for dimension in survey_dimensions() %}
    select
        cells.cell_number,
        occasions.occasion_number,
        occasions.respondent_number,
        occasions.own_weight,
        occasions.own_weighted_share
    from occasions
    inner join calendar on occasions.answered_on = calendar.date_day
    inner join cells
        on
            cells.dimension = '{{ dimension }}'
            and occasions.{{ dimension }} = cells.dimension_value
            and calendar.grain = cells.grain
            and calendar.period_start = cells.period_start
    where
        (occasions.superseded_on is null or occasions.superseded_on >= calendar.period_end)
        {%- if dimension != 'brand' %}
        and occasions.is_own_brand
        {%- endif %}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    cell_number,
    occasion_number,
    respondent_number,
    own_weight,
    own_weighted_share
from final
