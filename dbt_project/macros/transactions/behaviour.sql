{#
    Behaviour of an account before each of its transactions, over strictly earlier seconds.

    A row depends only on the `lookback_days()` before it. A load of a window also rewrites loaded
    days after it whose lookback overlaps the window, so that windows may be loaded in any order;
    see `in_lookback_window`.

    Rows to sort are narrow and numeric: hash of the account, second of the instant, amount in cents
    (a moving sum over integers is exact and supports removal of rows, one over floats does not).

    Columns: transaction_id, transaction_date, seconds_since_previous, transaction_count_1d,
    transaction_count_7d, transaction_count_30d, failed_count_30d, outflow_count_30d, and the cents
    of outflows (1d, 7d, 30d), inflows (7d, 30d) and cash (30d): null without any.
#}
{% macro account_behaviour() %}
    with recent as (
        select
            transactions.transaction_id,
            transactions.transaction_date,
            {{ surrogate_key(['transactions.account_id']) }} as account_hash,
            floor(date_part('epoch', transactions.transaction_at))::bigint as at_second,
            (transactions.account_amount * 100)::bigint as cents,
            transactions.direction < 0 and transactions.status = 'COMPLETED' as is_outflow,
            transactions.direction > 0 and transactions.status = 'COMPLETED'
            and transactions.transaction_type <> 'OPENING_BALANCE' as is_inflow,
            transactions.is_cash and transactions.status = 'COMPLETED' as is_cash,
            transactions.status = 'FAILED' as is_failed
        from {{ ref('stg_transactions') }} as transactions
        where
            transactions.transaction_date >= {{ window_start() }} - {{ lookback_days() }}
            and transactions.transaction_date < {{ window_end() }} + {{ lookback_days() }}
    )

    select
        recent.transaction_id,
        recent.transaction_date,
        recent.at_second - last_value(recent.at_second) over month_before as seconds_since_previous,
        (count(*) over day_before)::integer as transaction_count_1d,
        (count(*) over week_before)::integer as transaction_count_7d,
        (count(*) over month_before)::integer as transaction_count_30d,
        (count(*) filter (where recent.is_failed) over month_before)::integer as failed_count_30d,
        (count(*) filter (where recent.is_outflow) over month_before)::integer
            as outflow_count_30d,
        {%- for flow, days in [
            ('outflow', 1), ('outflow', 7), ('outflow', 30), ('inflow', 7), ('inflow', 30),
            ('cash', 30),
        ] %}
            (
                sum(recent.cents) filter (where recent.is_{{ flow }})
                over {{ {1: 'day', 7: 'week', 30: 'month'}[days] }}_before
            )::bigint as {{ flow }}_cents_{{ days }}d{{ ',' if not loop.last }}
        {%- endfor %}
    from recent
    window
        account as (partition by recent.account_hash order by recent.at_second),
        day_before as (
            account range between 86400 preceding and 1 preceding
        ),
        week_before as (
            account range between {{ 7 * 86400 }} preceding and 1 preceding
        ),
        month_before as (
            account range between {{ (lookback_days() | int) * 86400 }} preceding and 1 preceding
        )
{% endmacro %}

{# Lookback of a transaction in days, equal to the number in the model's contract. #}
{% macro lookback_days() -%}
    30
{%- endmacro %}

{#
    Condition that a day is in the window, or is a loaded later day whose lookback overlaps it.
#}
{% macro in_lookback_window(column) -%}
    {%- if is_incremental() -%}
        {{ column }} >= {{ window_start() }}
        and {{ column }} < {{ window_end() }} + {{ lookback_days() }}
        and (
            {{ column }} < {{ window_end() }}
            or {{ column }} in (
                select loaded.{{ model.config.meta.contract.date_column }}
                from {{ this }} as loaded
                where
                    loaded.{{ model.config.meta.contract.date_column }} >= {{ window_end() }}
                    and loaded.{{ model.config.meta.contract.date_column }}
                    < {{ window_end() }} + {{ lookback_days() }}
            )
        )
    {%- else -%}
        {{ in_window(column) }}
    {%- endif -%}
{%- endmacro %}
