{#
    Incremental strategies that replace rows inside the run's one transaction, never the table.

    replace_window  the window's rows of a partitioned model
    replace_all     every row of an unpartitioned model
#}

{% macro get_incremental_replace_window_sql(arg_dict) %}
    {%- set contract = model.config.meta.contract -%}
    delete from {{ arg_dict.target_relation }}
    where {{ contract.date_column }} >= {{ window_start() }}
    {%- if not contract.get('carries_forward') %}
        and {{ contract.date_column }} < {{ window_end() }}
    {%- endif %};
    {{ get_insert_into_sql(arg_dict.target_relation, arg_dict.temp_relation, arg_dict.dest_columns) }}
{% endmacro %}

{% macro get_incremental_replace_all_sql(arg_dict) %}
    delete from {{ arg_dict.target_relation }};
    {{ get_insert_into_sql(arg_dict.target_relation, arg_dict.temp_relation, arg_dict.dest_columns) }}
{% endmacro %}
