{#
    Incremental strategies that replace rows inside the run's one transaction, never the table.

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
    Condition of the rows that a run of a partitioned model replaces: its window, the days that look
    back into it, and what the contract's `also_replaced` says, rows that change after their day.
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
    Whether more than half of the rows held are replaced, so that filling the table anew is less
    work than deleting and inserting one by one. The planner's estimate tells; counting would read
    the table. Of short windows it is not asked.
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
    Replaces most of a table's rows at the speed of a first build: the rest is put aside, the table
    emptied, filled, and indexed after. Deleting leaves as many dead rows as live ones, and inserting
    into indexes in place costs more than building them.

    The lock comes before the rest is read, so that no row of another load is lost. Readers wait
    from here to the end of the transaction, which is the copying and the indexes: the rows
    themselves are ready. They then see the new rows.
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
