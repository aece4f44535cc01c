{#
    Generic tests that dbt itself lacks. Each returns the rows that fail.
#}

{# A condition that every row fulfils; null fails. #}
{% test expression_is_true(model, expression) %}
    select 1 as failing_row
    from (select * from {{ model }}) as tested
    where not coalesce({{ expression }}, false)
{% endtest %}

{# Columns that together occur once. #}
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

{% macro dimension_key(dimension) -%}
    {{ 'geo_key' if dimension == 'dim_geography' else dimension | replace('dim_', '') ~ '_key' }}
{%- endmacro %}
