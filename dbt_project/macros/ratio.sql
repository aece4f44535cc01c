{# A ratio as a float; null where there is nothing to divide by. #}
{% macro ratio(numerator, denominator) -%}
    ({{ numerator }})::double precision / nullif({{ denominator }}, 0)::double precision
{%- endmacro %}
