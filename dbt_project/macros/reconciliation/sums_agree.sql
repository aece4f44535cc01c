{#
    Query of a test that two relations have equal sums by group. Returns the groups that differ,
    including those missing in one relation.

    Args:
        first: Name of a CTE.
        second: Name of another one.
        by: Column of both that names the group.
        measures: Columns of both that must add up to the same.
#}
{% macro sums_agree(first, second, by, measures) %}
    select
        compared.{{ by }}
        {%- for measure in measures %},
        sum(compared.{{ measure }}) as missing_{{ measure }}
        {%- endfor %}
    from (
        {%- for relation, sign in [(first, ''), (second, '-')] %}
        select
            {{ relation }}.{{ by }}
            {%- for measure in measures %},
            {{ sign }}{{ relation }}.{{ measure }} as {{ measure }}
            {%- endfor %}
        from {{ relation }}
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as compared
    group by compared.{{ by }}
    having
        {%- for measure in measures %}
        {{ 'or ' if not loop.first }}sum(compared.{{ measure }}) <> 0
        {%- endfor %}
{% endmacro %}
