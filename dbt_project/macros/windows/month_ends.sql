{#
    The month ends that a run writes, as rows of `month_end`: those inside the window and, because
    what is known on a day follows from all days before it, the later ones that the table already
    holds. So windows may be loaded in any order.

    The last month is the last whole one by the end of the series, not by a filter, whose share of
    the months would be guessed by the planner as next to none.
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
