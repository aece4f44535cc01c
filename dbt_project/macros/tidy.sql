{# How text of source systems is cleaned. #}

{# Text without spaces around it; null when nothing is left. #}
{% macro tidy(column) -%}
    nullif(btrim({{ column }}), '')
{%- endmacro %}

{# A code in upper case. #}
{% macro tidy_code(column) -%}
    upper(nullif(btrim({{ column }}), ''))
{%- endmacro %}

{# A place's name: capitals set when the source wrote it all in one case, else left alone. #}
{% macro tidy_place(column) -%}
    case
        when btrim({{ column }}) in (upper(btrim({{ column }})), lower(btrim({{ column }})))
            then initcap(btrim({{ column }}))
        else btrim({{ column }})
    end
{%- endmacro %}
