{# Schema names are used as configured: `+schema: silver` is the schema `silver`. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
