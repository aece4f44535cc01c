{#
    Query of a test that bronze, silver and the fact have equal rows and sums, to the cent. Returns
    a row if they differ.

    Args:
        table: Bronze table; the staging model is `stg_` and the fact `fact_` of the same name.
        date_column: Business date in silver and in the fact.
        sums: Expressions that must be equal in all layers, by name.
        instant: Column of bronze that the date is taken from, where that is an instant.
        fact_rows: Expression that counts the fact's rows.
#}
{% macro layers_agree(table, date_column, sums, instant=none, fact_rows='count(*)') %}
    {%- set staging, fact = ref('stg_' ~ table), ref('fact_' ~ table) -%}
    with layers as (
        select
            count(*) as row_count
            {%- for name, expression in sums.items() %},
            coalesce({{ expression }}, 0) as {{ name }}
            {%- endfor %}
        from {{ source('bronze', table) }} as received
        where
        {%- if instant %}
            {{ instant_in_window_or_loaded('received.' ~ instant, staging, date_column) }}
        {%- else %}
            {{ in_window_or_loaded('received.' ~ date_column, staging, date_column) }}
        {%- endif %}
        {%- for layer in [staging, fact] %}
        union all
        select
            {{ 'count(*)' if loop.first else 'coalesce(' ~ fact_rows ~ ', 0)' }} as row_count
            {%- for name, expression in sums.items() %},
            coalesce({{ expression }}, 0) as {{ name }}
            {%- endfor %}
        from {{ layer }} as held
        where {{ in_window_if_given('held.' ~ date_column) }}
        {%- endfor %}
    )

    select
        min(layers.row_count) as fewest_rows,
        max(layers.row_count) as most_rows
    from layers
    having
        min(layers.row_count) <> max(layers.row_count)
        {%- for name in sums %}
        or min(layers.{{ name }}) <> max(layers.{{ name }})
        {%- endfor %}
{% endmacro %}
