{# Instants and the bank's business days, whatever the session's time zone. #}

{# Zone whose days are the bank's business days, as a literal. #}
{% macro bank_timezone() -%}
    '{{ env_var('FINPLATFORM_BANK_TIMEZONE', 'UTC') }}'
{%- endmacro %}

{% macro business_date(instant) -%}
    (({{ instant }}) at time zone {{ bank_timezone() }})::date
{%- endmacro %}

{# First instant of a day. #}
{% macro day_start(day) -%}
    (({{ day }})::timestamp at time zone {{ bank_timezone() }})
{%- endmacro %}

{#
    Ends of open validity intervals. Not 'infinity': psycopg, Arrow and Polars cannot hold it.
#}
{% macro beginning_of_time() -%}
    timestamptz '1900-01-01 00:00:00+00'
{%- endmacro %}

{% macro end_of_time() -%}
    timestamptz '9999-12-31 00:00:00+00'
{%- endmacro %}
