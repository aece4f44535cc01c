{#
    Distribution of tables on a Citus cluster: daily tables by account or customer, so that facts of
    one account are co-located, and dimensions as reference tables. No effect on other servers.

    distribute_new_table  part of the building of a model, while its table is new
    distribute_warehouse  for tables that are there: dbt run-operation distribute_warehouse
#}

{% macro has_citus() -%}
    {{ return(
        execute
        and run_query("select to_regproc('create_distributed_table') is not null").rows[0][0]
    ) }}
{%- endmacro %}

{% macro distribute_new_table() -%}
    {%- if not is_incremental() and has_citus() -%}
        {{ placing(this, model) }}
    {%- endif -%}
{%- endmacro %}

{% macro distribute_warehouse() %}
    {%- if not has_citus() -%}
        {{ log("This server has no Citus: tables stay as they are.", info=true) }}
        {{ return(none) }}
    {%- endif -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' -%}
        {%- set relation = adapter.get_relation(node.database, node.schema, node.alias) -%}
        {%- if relation is not none and relation.is_table and not is_placed(relation) -%}
            {%- set statements = placing(relation, node) -%}
            {%- if statements | trim -%}
                {%- do run_query(statements) -%}
                {%- do log('Placed ' ~ relation.schema ~ '.' ~ relation.identifier, info=true) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {# dbt rolls an operation back that does not commit. #}
    {%- do run_query('commit') -%}
{% endmacro %}

{% macro is_placed(relation) -%}
    {{ return(run_query(
        "select exists (select from citus_tables where table_name = '" ~ relation ~ "'::regclass)"
    ).rows[0][0]) }}
{%- endmacro %}

{# Statements that distribute a table; none for a local table of the coordinator. #}
{% macro placing(relation, node) -%}
    {%- set column = distribution_column(node) -%}
    {%- if column is not none -%}
        {{ keys_with(relation, column) }}
        select create_distributed_table('{{ relation }}', '{{ column }}');
    {%- elif node.name.startswith('dim_') -%}
        select create_reference_table('{{ relation }}');
    {%- endif -%}
{%- endmacro %}

{# Distribution column of a partitioned table: account, else customer. #}
{% macro distribution_column(node) -%}
    {%- set contract = node.config.get('meta', {}).get('contract') or {} -%}
    {%- if contract.get('date_column') and node.config.materialized == 'incremental' -%}
        {%- for column in ('account_id', 'customer_id') if column in node.columns -%}
            {{ return(column) }}
        {%- endfor -%}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}

{# Citus requires the distribution column in unique keys: it is added to the key. #}
{% macro keys_with(relation, column) -%}
    {%- set found -%}
        select
            held.indexrelid::regclass::text as name,
            array_to_string(array(
                select quote_ident(attribute.attname)
                from unnest(held.indkey::smallint[]) with ordinality as part (attnum, place)
                inner join pg_attribute as attribute
                    on attribute.attrelid = held.indrelid and attribute.attnum = part.attnum
                order by part.place
            ), ', ') as columns
        from pg_index as held
        where
            held.indrelid = '{{ relation }}'::regclass
            and held.indisunique
            and not exists (
                select from pg_attribute as attribute
                where
                    attribute.attrelid = held.indrelid
                    and attribute.attname = '{{ column }}'
                    and attribute.attnum = any(held.indkey)
            )
    {%- endset -%}
    {%- for index in run_query(found).rows %}
        drop index {{ index['name'] }};
        create unique index on {{ relation }} ({{ index['columns'] }}, {{ column }});
    {%- endfor -%}
{%- endmacro %}
