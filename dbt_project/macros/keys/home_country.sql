{# Home country of the bank, as a literal. #}
{% macro home_country() -%}
    'US'
{%- endmacro %}
