{# Country whose economy the bank as a whole lives in, as a literal. #}
{% macro home_country() -%}
    'US'
{%- endmacro %}
