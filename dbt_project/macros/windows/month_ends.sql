{#
    Month ends that a run writes, as rows of `month_end`: those inside the window, and the later ones
    that the table already holds, because their rows depend on all earlier days. So windows may be
    loaded in any order.

    The last month is set by the end of the series and not by a filter: the planner underestimates
    the selectivity of a filter.
#}
{% macro month_ends(date_column) %}
    select (months.month_start + interval '1 month - 1 day')::date as month_end
    from generate_series(
        date_trunc('month', {{ window_start() }}::timestamp),
        date_trunc('month', {{ window_end() }}::timestamp) - interval '1 month',
        interval '1 month'
    ) as months (month_start)
    {% if is_incremental() %}
        union
        select stored.{{ date_column }} as month_end
        from {{ this }} as stored
        where stored.{{ date_column }} >= {{ window_end() }}
    {% endif %}
{% endmacro %}

{# Months that a run writes: last day, first day, and the first instant after the month. #}
{% macro months_to_write() %}
    select
        month_ends.month_end,
        date_trunc('month', month_ends.month_end::timestamp)::date as month_start,
        {{ day_start('month_ends.month_end + 1') }} as cutoff_at
    from ({{ month_ends('month_end') }}) as month_ends
{% endmacro %}

{# First and last day of a relation of months, as one row. #}
{% macro days_of(months) %}
    select
        min({{ months }}.month_start) as first_day,
        max({{ months }}.month_end) as last_day
    from {{ months }}
{% endmacro %}
