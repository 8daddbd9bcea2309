-- What is published is one of the values that it could have: the quarantined answers left out.
select *
from {{ ref('quarantine_impact') }}
where value < lowest_value - 1e-9 or value > highest_value + 1e-9 or lowest_value > highest_value + 1e-9
