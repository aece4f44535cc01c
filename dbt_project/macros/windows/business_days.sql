{#
    Days of the calendar with the number of business days up to and including each: the business
    days from one day to a later one are the difference of their numbers.

    Columns: date_key, full_date, business_day_number.
#}
{% macro numbered_days() %}
    select
        dates.date_key,
        dates.full_date,
        (count(*) filter (where dates.is_business_day) over (order by dates.full_date))::integer
            as business_day_number
    from {{ ref('dim_date') }} as dates
    where dates.date_key <> -1
{% endmacro %}
