{# Key of a place in `dim_geography`. Merchants and some customers have no state. #}
{% macro geography_key(country, state, city) -%}
    {{ surrogate_key([country, "coalesce(" ~ state ~ ", '')", city]) }}
{%- endmacro %}
