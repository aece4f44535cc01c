{#
    Generic tests that dbt does not include. Each returns the failing rows.
#}

{# A condition that every row satisfies; null fails. #}
{% test expression_is_true(model, expression) %}
    select 1 as failing_row
    from (select * from {{ model }}) as tested
    where not coalesce({{ expression }}, false)
{% endtest %}

{# Columns that are unique together. #}
{% test unique_combination(model, columns) %}
    select {{ columns | join(', ') }}
    from (select * from {{ model }}) as tested
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}

{# Versions of a thing follow each other without overlap, and without gap unless it was deleted. #}
{% test versions_are_seamless(model, key) %}
    select ordered.{{ key }}
    from (
        select
            tested.*,
            lead(tested.valid_from) over (
                partition by tested.{{ key }} order by tested.valid_from
            ) as next_from
        from (select * from {{ model }}) as tested
    ) as ordered
    where
        ordered.valid_from >= ordered.valid_to
        or ordered.next_from < ordered.valid_to
        or (ordered.next_from > ordered.valid_to and not ordered.is_deleted)
        or (ordered.next_from is null and ordered.is_current = ordered.is_deleted)
        or (ordered.next_from is not null and ordered.is_current)
        or ordered.is_current <> (ordered.valid_to = {{ end_of_time() }})
{% endtest %}

{# Every surrogate key of a fact is in its dimension, all looked up in one pass. #}
{% test keys_exist(model, keys) %}
    select tested.*
    from (select * from {{ model }}) as tested
    {%- for key, dimension in keys.items() %}
        left join {{ ref(dimension) }} as d{{ loop.index }}
            on tested.{{ key }} = d{{ loop.index }}.{{ dimension_key(dimension) }}
    {%- endfor %}
    where
        {%- for dimension in keys.values() %}
            d{{ loop.index }}.{{ dimension_key(dimension) }} is null{{ ' or' if not loop.last }}
        {%- endfor %}
{% endtest %}

{#
    A key without a match is -1, which keeps a few late rows; more than `most_unknown_keys` of them
    indicate changed identifiers of a source. A dimension without rows is not delivered by the bank.

    Arguments: `keys`, a dimension per key.
#}
{% test keys_are_known(model, keys) %}
    {% for key, dimension in keys.items() %}
        select
            '{{ key }}' as key_name,
            count(*) filter (where tested.{{ key }} = -1) as unknown_rows,
            count(*) as all_rows
        from (select * from {{ model }}) as tested
        where
            exists (
                select from {{ ref(dimension) }} as known
                where known.{{ dimension_key(dimension) }} <> -1
            )
        having
            count(*) filter (where tested.{{ key }} = -1)
            > greatest({{ var('most_unknown_keys') }} * count(*), {{ var('few_unknown_keys') }})
        {{ 'union all' if not loop.last }}
    {% endfor %}
{% endtest %}

{#
    Every value of a column is in a table. A table without rows is not delivered by the bank, and
    the test passes.
#}
{% test known_in(model, column_name, to, field) %}
    select tested.{{ column_name }}
    from (select * from {{ model }}) as tested
    where
        tested.{{ column_name }} is not null
        and exists (select from {{ to }})
        and not exists (
            select from {{ to }} as known where known.{{ field }} = tested.{{ column_name }}
        )
{% endtest %}

{# No value that another table has in a column is missing here. #}
{% test keeps_every(model, column_name, of, field) %}
    select given.{{ field }}
    from {{ of }} as given
    where
        given.{{ field }} is not null
        and not exists (
            select from (select * from {{ model }}) as tested
            where tested.{{ column_name }} = given.{{ field }}
        )
{% endtest %}

{#
    As many rows as the source table, or a given number more; with `date_column` of the window, or
    without a window of the loaded days.
#}
{% test as_many_rows_as(model, to, date_column=none, more=0) %}
    select
        held.row_count,
        given.row_count as given_count
    from (select count(*) as row_count from (select * from {{ model }}) as tested) as held
    cross join (
        select count(*) as row_count
        from {{ to }} as given
        {%- if date_column %}
        where {{ in_window_or_loaded('given.' ~ date_column, model, date_column) }}
        {%- endif %}
    ) as given
    where held.row_count <> given.row_count + {{ more }}
{% endtest %}

{# Between the first and the last day no day is missing. #}
{% test days_are_gapless(model, column_name, where='true') %}
    select count(*) as day_count
    from (select distinct {{ column_name }} as day from {{ model }} where {{ where }}) as days
    having count(*) <> max(days.day) - min(days.day) + 1
{% endtest %}

{% macro dimension_key(dimension) -%}
    {{ 'geo_key' if dimension == 'dim_geography' else dimension | replace('dim_', '') ~ '_key' }}
{%- endmacro %}
