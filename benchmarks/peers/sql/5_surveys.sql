-- Answers by question, period and dimension: NPS, CSAT, effort, and the weighted satisfaction index.
create table answers as
select q.measure, q.parameter, a.score, (a.score - q.scale_min) / (q.scale_max - q.scale_min) as share, a.score / q.scale_max as share_of_max,
    a.business_day as day, a.customer_id,
    case when a.customer_id is not null then lead(a.business_day) over (
        partition by a.customer_id, a.survey_id, a.question_id, a.brand, a.product_id order by a.business_day, a.answered_at, a.response_id) end as superseded_on,
    coalesce(s.segment, 'unknown') as segment, coalesce(s.region, 'unknown') as region, coalesce(a.channel, 'unknown') as channel,
    coalesce(trim(split_part(p.category_path, '>', 1)), 'unknown') as product_category, coalesce(a.employee_id, 'unknown') as employee, coalesce(a.brand, 'unknown') as brand,
    coalesce(a.product_id, 'unknown') as product,
    coalesce(a.brand, 'unknown') = 'unknown' or a.brand = 'Own Brand' as is_own_brand
from survey_responses as a join survey_questions as q using (survey_id, question_id)
left join customers as s on a.customer_id = s.customer_id left join products as p on a.product_id = p.product_id
where q.scale_min < q.scale_max;

create table answer_sums as
with daily as (
    select measure, parameter, day, superseded_on, dimension,
        case dimension when 'total' then 'total' when 'segment' then segment when 'region' then region when 'channel' then channel
            when 'product_category' then product_category when 'employee' then employee when 'brand' then brand else product end as dimension_value,
        count(*) as n, sum(score) as score, sum(share) as share, sum(share_of_max) as share_of_max,
        count(*) filter (where score >= 9) as promoters, count(*) filter (where score < 7) as detractors
    from answers, (values ('total'), ('segment'), ('region'), ('channel'), ('product_category'), ('employee'), ('brand'), ('product')) as d (dimension)
    where (is_own_brand or dimension = 'brand') and (measure = 'nps' or dimension <> 'product') and measure in ('nps', 'csat', 'ces', 'reverse_nps', 'csi_satisfaction', 'csi_importance')
    group by all
)
select measure, parameter, p.grain, p.period_start, dimension, dimension_value, sum(n) as n, sum(score) as score, sum(share) as share, sum(share_of_max) as share_of_max,
    sum(promoters) as promoters, sum(detractors) as detractors
from daily join periods as p on p.period_start = date_trunc(p.grain, day)
where superseded_on is null or superseded_on >= p.period_end
group by all;

create table survey_kpis as
with scores as (
    select measure, grain, period_start, dimension, dimension_value, sum(n) as n, sum(score) as score, sum(promoters) as promoters, sum(detractors) as detractors
    from answer_sums where measure in ('nps', 'csat', 'ces', 'reverse_nps') group by all
),
parameters as (
    select grain, period_start, dimension, dimension_value, parameter,
        sum(share) filter (where measure = 'csi_satisfaction') / sum(n) filter (where measure = 'csi_satisfaction') as share,
        sum(share_of_max) filter (where measure = 'csi_satisfaction') / sum(n) filter (where measure = 'csi_satisfaction') as share_of_max,
        sum(share_of_max) filter (where measure = 'csi_importance') / sum(n) filter (where measure = 'csi_importance') as importance
    from answer_sums where measure in ('csi_satisfaction', 'csi_importance') group by all
),
indices as (
    select grain, period_start, dimension, dimension_value, 100 * sum(importance * share) / sum(importance) as csi_index, 100 * sum(importance * share_of_max) / sum(importance) as csi_percent_of_max
    from parameters where share is not null and importance is not null group by all
)
select 'nps' as metric_id, grain, period_start, dimension, dimension_value, 100 * (promoters - detractors) / n as value from scores where measure = 'nps'
union all select measure, grain, period_start, dimension, dimension_value, score / n from scores where measure <> 'nps'
union all select 'csi_index', grain, period_start, dimension, dimension_value, csi_index from indices
union all select 'csi_percent_of_max', grain, period_start, dimension, dimension_value, csi_percent_of_max from indices;
