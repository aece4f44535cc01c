{#
    The month ends that a run writes, as rows of `month_end`: those inside the window and, because
    what is known on a day follows from all days before it, the later ones that the table already
    holds. So windows may be loaded in any order.
#}
{% macro month_ends(date_column) %}
    select days.month_end
    from (
        select (months.month_start + interval '1 month - 1 day')::date as month_end
        from generate_series(
            date_trunc('month', {{ window_start() }}::timestamp),
            {{ window_end() }}::timestamp,
            interval '1 month'
        ) as months (month_start)
    ) as days
    where {{ in_window('days.month_end') }}
    {% if is_incremental() %}
        union
        select stored.{{ date_column }} as month_end
        from {{ this }} as stored
        where stored.{{ date_column }} >= {{ window_end() }}
    {% endif %}
{% endmacro %}
