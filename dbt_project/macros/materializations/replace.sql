{#
    Incremental strategies that replace rows in one transaction, never the table.

    replace_window  the window's rows of a partitioned model
    replace_all     every row of an unpartitioned model
#}

{% macro get_incremental_replace_window_sql(arg_dict) %}
    {%- set target = arg_dict.target_relation -%}
    {%- set columns = arg_dict.dest_columns | map(attribute='quoted') | join(', ') -%}
    {%- if replaces_most(target) -%}
        {{ refill(target, arg_dict.temp_relation, columns) }}
    {%- else -%}
        delete from {{ target }}
        where {{ replaced_rows() }};
        {{ get_insert_into_sql(target, arg_dict.temp_relation, arg_dict.dest_columns) }}
    {%- endif -%}
{% endmacro %}

{% macro get_incremental_replace_all_sql(arg_dict) %}
    delete from {{ arg_dict.target_relation }};
    {{ get_insert_into_sql(arg_dict.target_relation, arg_dict.temp_relation, arg_dict.dest_columns) }}
{% endmacro %}

{#
    Condition of the rows that a run of a partitioned model replaces: its window, later days whose
    lookback overlaps it, and rows that change after their day, given by `also_replaced` of the
    contract.
#}
{% macro replaced_rows() -%}
    {%- set contract = model.config.meta.contract -%}
    ({{ contract.date_column }} >= {{ window_start() }}
    {%- if not contract.get('carries_forward') %}
        and {{ contract.date_column }} < {{ window_end() }} + {{ contract.get('looks_back_days', 0) }}
    {%- endif -%}
    )
    {%- if contract.get('also_replaced') %}
        or {{ contract.also_replaced }}
    {%- endif -%}
{%- endmacro %}

{#
    Whether more than half of the rows are replaced, so that refilling the table is cheaper than
    deleting and inserting. Uses the planner's estimate, which does not read the table; false for
    short windows.
#}
{% macro replaces_most(relation) -%}
    {%- if not execute or window_days() <= 31 -%}
        {{ return(false) }}
    {%- endif -%}
    {%- set replaced = estimated_rows(relation, replaced_rows()) -%}
    {{ return(replaced * 2 > estimated_rows(relation, 'true')) }}
{%- endmacro %}

{% macro estimated_rows(relation, condition) -%}
    {%- set plan = run_query(
        'explain (format json) select from ' ~ relation ~ ' where ' ~ condition
    ).rows[0].values()[0] -%}
    {{ return((fromjson(plan) if plan is string else plan)[0]['Plan']['Plan Rows']) }}
{%- endmacro %}

{#
    Replaces most rows of a table at the speed of a first build: the remaining rows are copied, the
    table is truncated, filled and indexed. Deleting leaves as many dead rows as live ones, and
    inserts into existing indexes cost more than building them.

    The lock precedes the copy, so that no row of another load is lost. Readers wait until the end
    of the transaction, that is for the copy and the indexes, because the new rows are computed
    before.
#}
{% macro refill(relation, new_rows, columns) %}
    {%- do run_query('lock table ' ~ relation ~ ' in access exclusive mode') -%}
    {%- set held -%}
        select
            pg_get_indexdef(held.indexrelid) as definition,
            held.indexrelid::regclass::text as name
        from pg_index as held
        where held.indrelid = '{{ relation }}'::regclass
        order by held.indexrelid
    {%- endset -%}
    {%- set indexes = run_query(held).rows if execute else [] -%}
    create temporary table kept_rows on commit drop as
    select {{ columns }}
    from {{ relation }}
    where not ({{ replaced_rows() }});
    {%- for index in indexes %}
        drop index {{ index['name'] }};
    {%- endfor %}
    truncate table {{ relation }};
    insert into {{ relation }} ({{ columns }})
    select {{ columns }}
    from kept_rows
    union all
    select {{ columns }}
    from {{ new_rows }};
    {%- for index in indexes %}
        {{ index['definition'] }};
    {%- endfor %}
{% endmacro %}
