{#
    Default by CRE20.104: more than 90 days past due, or declared by the bank. What is more than 90
    days past due on a day was due more than 90 days before it.
#}
{% macro days_to_default() -%}
    90
{%- endmacro %}
