{#
    A test of a partitioned model reads the window of its run, so that checking one day does not
    read ten million rows; without a window, the whole table. The column is that of the model's
    contract.
#}
{% macro get_where_subquery(relation) -%}
    {%- set conditions = [] -%}
    {%- if config.get('where') -%}
        {%- do conditions.append('(' ~ config.get('where') ~ ')') -%}
    {%- endif -%}
    {%- set date_column = partition_column(relation) if execute and has_window() else none -%}
    {%- if date_column -%}
        {%- do conditions.append(in_window(date_column)) -%}
    {%- endif -%}
    {%- if conditions -%}
        (select * from {{ relation }} where {{ conditions | join(' and ') }}) as dbt_subquery
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{%- endmacro %}

{% macro partition_column(relation) -%}
    {%- for node in graph.nodes.values() -%}
        {%- if
            node.resource_type == 'model'
            and node.schema == relation.schema
            and node.alias == relation.identifier
        -%}
            {{ return(node.config.meta.get('contract', {}).get('date_column')) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(none) }}
{%- endmacro %}
