{# Instants and days in UTC, whatever the session's time zone. #}

{% macro utc_date(instant) -%}
    (({{ instant }}) at time zone 'UTC')::date
{%- endmacro %}

{# First instant of a day. #}
{% macro day_start(day) -%}
    (({{ day }})::timestamp at time zone 'UTC')
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
