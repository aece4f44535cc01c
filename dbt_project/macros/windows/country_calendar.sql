{#
    Business days by country, counted in `dim_country_calendar`.

        select {{ business_days_between('operation_day', 'settlement_day') }} as settlement_business_days
        from operations
        {{ join_country_calendar('operations.country', 'operations.operation_date', 'operation_day') }}
        {{ join_country_calendar('operations.country', 'operations.settled_date', 'settlement_day') }}
#}

{# Join of a day in a country's calendar. #}
{% macro join_country_calendar(country, day, alias) -%}
    left join {{ ref('dim_country_calendar') }} as {{ alias }}
        on {{ country }} = {{ alias }}.country and {{ day }} = {{ alias }}.full_date
{%- endmacro %}

{#
    Business days after one day up to and including another; negative when the other is earlier,
    null outside the calendars.
#}
{% macro business_days_between(from_alias, to_alias) -%}
    ({{ to_alias }}.business_day_number - {{ from_alias }}.business_day_number)
{%- endmacro %}
