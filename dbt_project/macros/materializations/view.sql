{#
    Views of the schema `bi`, in place of dbt's own materialization, which replaces the view on
    every run and drops dependent objects.

    - A view whose definition is what it was is left alone, so that no run waits for a long query of
      a BI tool, and no query for a run. The server compares: it writes both definitions out itself.
    - Another definition replaces the old one in place, which keeps grants. Only where columns went
      or changed their type is the view dropped; what stands on it is built after it in the same run.
    - A table that stands under the name goes first: an earlier version stored the same rows.
    - Each column is cast to the contract's type. A reader of a view needs the right to read the tables
      behind it (`security_invoker`).
#}
{% materialization view, adapter='postgres' -%}
    {%- set target = this.incorporate(type='view') -%}
    {%- set body = view_body(sql) -%}
    {%- set candidate = 'pg_temp.' ~ adapter.quote(this.identifier) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- set standing = load_cached_relation(this) -%}
    {%- if standing is not none and standing.is_table %}{% do run_query('drop table ' ~ standing) %}{% endif -%}
    {%- if config.get('contract').enforced %}{% do get_assert_columns_equivalent(sql) %}{% endif -%}
    {%- do run_query('create temporary view ' ~ adapter.quote(this.identifier) ~ ' as ' ~ body) -%}
    {%- set unchanged = run_query(
        "select pg_get_viewdef('" ~ candidate ~ "'::regclass)"
        ~ " is not distinct from pg_get_viewdef(to_regclass('" ~ target ~ "'))"
    ).columns[0].values()[0] -%}
    {%- do run_query('drop view ' ~ candidate) -%}

    {%- call statement('main') -%}
        {%- if unchanged -%}
            select 'unchanged' as outcome
        {%- else -%}
            {{ create_or_recreate(
                'create or replace view ' ~ target ~ ' with (security_invoker = true) as ' ~ body,
                'drop view ' ~ target ~ ' cascade',
                'invalid_table_definition'
            ) }}
        {%- endif -%}
    {%- endcall -%}
    {%- do persist_docs(target, model) -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target]}) }}
{%- endmaterialization %}

{% macro view_body(sql) -%}
    select
        {%- for column in model.columns.values() %}
        {{ column.name }}::{{ column.data_type }} as {{ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from (
        {{ sql }}
    ) as model
{%- endmacro %}

{#
    Creates or replaces an object, or drops it first where the server cannot replace it in place.

    Args:
        create: Statement that creates or replaces.
        drop: Statement that drops.
        refusal: Name of the server's error when it cannot replace in place.
#}
{% macro create_or_recreate(create, drop, refusal) -%}
    do $recreate$
    begin
        execute $create${{ create }}$create$;
    exception when {{ refusal }} then
        {{ drop }};
        execute $create${{ create }}$create$;
    end
    $recreate$
{%- endmacro %}
