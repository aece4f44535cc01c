{#
    What surrounds the building of every model.
#}

{#
    Memory of the load's transaction: a quarter of what an index build may use. The server's ordinary
    `work_mem` is sized for many small queries and makes large joins and groupings spill.
#}
{% macro prepare_load() -%}
    select
        set_config(
            'work_mem',
            greatest(
                pg_size_bytes(current_setting('work_mem')),
                pg_size_bytes(current_setting('maintenance_work_mem')) / 4
            ) / 1024 || 'kB',
            true
        )
{%- endmacro %}

{#
    Keeps other loads of the table out until this one is committed; readers go on. Without the lock,
    the delete of a waiting load does not see rows that another load has inserted meanwhile, and the
    insert duplicates them.
#}
{% macro keep_other_loads_out() -%}
    {%- if is_incremental() -%}
        lock table {{ this }} in share row exclusive mode
    {%- endif -%}
{%- endmacro %}

{# What a new table needs beside its rows, still in the load's transaction. #}
{% macro settle_new_table() -%}
    {%- if stores_rows() -%}
        {%- if not is_incremental() -%}
            {{ leave_out_of_statistics(this) }}
            {{ summarize_brin_indexes(this) }}
            {{ distribute_new_table() }}
        {%- endif %}
        {# Before the analysis below, which the server would else repeat for the same rows. #}
        select pg_stat_force_next_flush();
    {%- endif -%}
{%- endmacro %}

{#
    A table that was just filled has no statistics, and whatever is planned on it next in the same
    run would be planned blind. Runs after the commit. Later, small loads are left to autovacuum.
#}
{% macro analyze_filled_table() -%}
    {%- set is_partitioned = config.get('incremental_strategy') == 'replace_window' -%}
    {%- if stores_rows() and (not is_incremental() or (is_partitioned and window_days() > 31)) -%}
        analyze {{ this }}
    {%- endif -%}
{%- endmacro %}

{% macro stores_rows() -%}
    {{ return(config.get('materialized') not in ('view', 'sql_function')) }}
{%- endmacro %}

{#
    Columns that no plan is made by. Of a wide table nobody joins, filters or groups by the measures,
    and gathering their statistics took as long as filling the table.
#}
{% macro leave_out_of_statistics(relation) -%}
    {%- set columns = model.columns.values() | list -%}
    {%- if columns | length > 40 -%}
        {%- set measures = [] -%}
        {%- for column in columns if column.data_type.startswith(('numeric', 'double')) -%}
            {%- do measures.append('alter ' ~ column.name ~ ' set statistics 0') -%}
        {%- endfor %}
        alter table {{ relation }} {{ measures | join(', ') }};
    {%- endif -%}
{%- endmacro %}

{# Lets autovacuum keep BRIN indexes up to date as rows are appended. #}
{% macro summarize_brin_indexes(relation) -%}
    {%- set found -%}
        select index_relation.indexrelid::regclass::text as name
        from pg_index as index_relation
        inner join pg_class as class on index_relation.indexrelid = class.oid
        inner join pg_am as method on class.relam = method.oid
        where index_relation.indrelid = '{{ relation }}'::regclass and method.amname = 'brin'
    {%- endset -%}
    {%- if execute -%}
        {%- for name in run_query(found).columns[0].values() %}
            alter index {{ name }} set (autosummarize = on);
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
