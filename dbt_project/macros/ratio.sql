{# A ratio as a float; null for a denominator of 0. #}
{% macro ratio(numerator, denominator) -%}
    ({{ numerator }})::double precision / nullif({{ denominator }}, 0)::double precision
{%- endmacro %}
