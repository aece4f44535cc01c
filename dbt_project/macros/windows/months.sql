{# Months, as days and as numbers. #}

{# Last day of a day's month. #}
{% macro month_end(day) -%}
    (date_trunc('month', ({{ day }})::timestamp) + interval '1 month - 1 day')::date
{%- endmacro %}

{# Whole months from one day to a later one, begun months counted; 0 when it is not later. #}
{% macro months_between(from_date, to_date) -%}
    greatest(
        (
            12 * extract(year from age({{ to_date }}::timestamp, {{ from_date }}::timestamp))
            + extract(month from age({{ to_date }}::timestamp, {{ from_date }}::timestamp))
            + (extract(day from age({{ to_date }}::timestamp, {{ from_date }}::timestamp)) > 0)::integer
        ),
        0
    )::integer
{%- endmacro %}

{# Whole months that have passed from one day to a later one. #}
{% macro whole_months(from_date, to_date) -%}
    (
        12 * extract(year from age({{ to_date }}::timestamp, {{ from_date }}::timestamp))
        + extract(month from age({{ to_date }}::timestamp, {{ from_date }}::timestamp))
    )::integer
{%- endmacro %}

{# The month end some months later, or earlier when `months` is negative. #}
{% macro shift_month_end(month_end, months) -%}
    (({{ month_end }} + 1)::timestamp + interval '{{ months }} months' - interval '1 day')::date
{%- endmacro %}
