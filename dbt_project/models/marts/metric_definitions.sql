{#- The catalogue stands in the YAML of the models that compute the metrics, under `config: meta: metrics`. -#}
{%- set texts = [
    'metric_id', 'name', 'formula', 'numerator', 'denominator', 'window', 'interval_method', 'direction', 'unit', 'mart'
] -%}
{%- set columns = {'window': 'observation_window'} -%}
{%- set definitions = [] -%}
{%- set nodes = graph.nodes.values() if execute else [] -%}
{%- for node in nodes | selectattr('resource_type', 'equalto', 'model') | sort(attribute='name') -%}
{%- for metric in node.config.meta.get('metrics', []) -%}
{%- do definitions.append((node.name, metric)) -%}
{%- endfor -%}
{#- dbt must know what a model reads before it knows the models, so that the list is kept by hand. -#}
{%- if node.name.startswith('int_kpi__') and node.name not in var('kpi_models') -%}
{{ exceptions.raise_compiler_error('The metrics of ' ~ node.name ~ ' would have no row in kpi: add ' ~ node.name ~ ' to kpi_models in dbt_project.yml') }}
{%- endif -%}
{%- endfor -%}

with definitions as (
    {%- for owner, metric in definitions %}
    select
        {%- for text in texts %}
        {{ dbt.string_literal(dbt.escape_single_quotes(metric[text] | default('', true) | string)) }}
            as {{ columns.get(text, text) }},
        {%- endfor %}
        cast({{ metric['version'] }} as integer) as version,
        {{ dbt.string_literal(metric['grains'] | join(', ')) }} as grains,
        {{ 'true' if metric.get('has_target') else 'false' }} as has_target,
        {{ dbt.string_literal(owner) }} as owner_model
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- else %}
    select
        {%- for text in texts %}
        '' as {{ columns.get(text, text) }},
        {%- endfor %}
        cast(1 as integer) as version,
        '' as grains,
        false as has_target,
        '' as owner_model
    where false
    {%- endfor %}
)

select
    metric_id,
    version,
    name,
    formula,
    nullif(numerator, '') as numerator,
    nullif(denominator, '') as denominator,
    nullif(observation_window, '') as observation_window,
    grains,
    interval_method,
    direction,
    unit,
    has_target,
    mart,
    owner_model
from definitions
