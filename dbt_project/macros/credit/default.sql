{#
    Default by CRE20.104: more than 90 days past due, or declared by the bank. An instalment more
    than 90 days past due was due more than 90 days before the day.
#}
{% macro days_to_default() -%}
    90
{%- endmacro %}
