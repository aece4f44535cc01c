{#
    A SQL function that returns rows: the model's statement is its body, the model's columns are its
    result, `meta.arguments` its arguments. With `meta.is_scalar` it returns the value of its only
    column and reads no table.

    dagster-dbt excludes dbt's resource type for functions from the asset graph, and it has neither
    columns nor tests. A model has both.

    - It runs with the rights of its caller and may not write.
    - The search path is fixed, so that no schema of a caller can slip in other objects; the body
      names its tables with their schema. A scalar function is parsed when it is made, to the same
      end: a search path of its own would keep the server from computing it in line.
#}
{% materialization sql_function, adapter='postgres' -%}
    {%- set arguments = model.config.meta.arguments -%}
    {%- set signature = this ~ '(' ~ (arguments | map(attribute='data_type') | join(', ')) ~ ')' -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {%- call statement('main') -%}
        {{ create_or_recreate(
            scalar_definition(arguments, sql) if model.config.meta.is_scalar
            else function_definition(arguments, sql),
            'drop function ' ~ signature ~ ' cascade',
            'invalid_function_definition'
        ) }}
    {%- endcall -%}
    {%- call statement('comment') -%}
        comment on function {{ signature }} is {{ dbt.string_literal(
            dbt.escape_single_quotes(model.description | trim)
        ) }}
    {%- endcall -%}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': []}) }}
{%- endmaterialization %}

{% macro function_head(arguments) -%}
    create or replace function {{ this }}(
        {%- for argument in arguments %}
        {{ argument.name }} {{ argument.data_type }}
        {{- ' default ' ~ argument.default if argument.default is defined }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{% macro scalar_definition(arguments, sql) -%}
    {{ function_head(arguments) }}
    returns {{ (model.columns.values() | first).data_type }}
    language sql
    immutable
    parallel safe
    security invoker
    begin atomic
        {{ sql }};
    end
{%- endmacro %}

{% macro function_definition(arguments, sql) -%}
    {{ function_head(arguments) }}
    returns table (
        {%- for column in model.columns.values() %}
        {{ column.name }} {{ column.data_type }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
    language sql
    stable
    parallel safe
    security invoker
    set search_path = pg_catalog, pg_temp
    as $body$
        select
            {%- for column in model.columns.values() %}
            result.{{ column.name }}::{{ column.data_type }}{{ ',' if not loop.last }}
            {%- endfor %}
        from (
            {{ sql }}
        ) as result
    $body$
{%- endmacro %}

{# An argument of the function, qualified by the function's name, so that no column shadows it. #}
{% macro argument(name) -%}
    {{ this.identifier }}.{{ name }}
{%- endmacro %}
