{#
    Hooks before and after the load of every model.
#}

{#
    Sets `work_mem` of the load's transaction to a quarter of `maintenance_work_mem`. The server's
    default is sized for many small queries and makes large joins and aggregates spill to disk.
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
    Locks the table against concurrent loads until the commit; reads are not blocked. Without the
    lock, the delete of a waiting load misses rows inserted by another load, and its insert
    duplicates them.
#}
{% macro lock_table() -%}
    {%- if is_incremental() -%}
        lock table {{ this }} in share row exclusive mode
    {%- endif -%}
{%- endmacro %}

{# Settings of a new table, in the load's transaction. #}
{% macro finalize_table() -%}
    {%- if stores_rows() -%}
        {%- if not is_incremental() -%}
            {{ leave_out_of_statistics(this) }}
            {{ summarize_brin_indexes(this) }}
            {{ distribute_new_table() }}
        {%- endif %}
        {# Flush before `analyze`, so that autovacuum does not analyze the same rows again. #}
        select pg_stat_force_next_flush();
    {%- endif -%}
{%- endmacro %}

{#
    Analyzes a newly filled table after the commit: without statistics the next queries of the run
    get poor plans. Small later loads are left to autovacuum.
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
    Disables statistics of the measures of a wide table. Queries neither join, filter nor group by
    them, and analyzing them takes as long as filling the table.
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

{# Enables summarization of BRIN indexes by autovacuum. #}
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
