{#
    Runs after a window of `fact_balances` is replaced, in the same transaction: if loaded days
    after the window do not open with the new closing balance, the later rows of those accounts are
    recomputed, up to the last day held. So windows may be loaded in any order, and a late
    transaction updates every later balance.
#}

{% macro carry_balances_forward() -%}
    {%- if execute and is_incremental() -%}
        {%- set held -%}
            select
                min(stored.balance_date)::text as first_day,
                max(stored.balance_date)::text as last_day
            from {{ this }} as stored
            where stored.balance_date >= {{ window_end() }}
        {%- endset -%}
        {%- set first_day, last_day = run_query(held).rows[0].values() -%}
        {%- if first_day -%}
            {%- set next_day = "date '" ~ first_day ~ "'" -%}
            {%- set end_day = "date '" ~ last_day ~ "' + 1" -%}
            {{ carry_forward_from(next_day, end_day) }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro carry_forward_from(next_day, end_day) %}
    create temporary table loaded_days on commit drop as
    select series.day_start::date as balance_date
    from generate_series(
        ({{ next_day }})::timestamp, ({{ end_day }} - 1)::timestamp, interval '1 day'
    ) as series (day_start)
    where exists (
        select 1 from {{ this }} as stored where stored.balance_date = series.day_start::date
    );

    create temporary table accounts_to_recompute on commit drop as
    with parts as (
        select stored.account_id, stored.closing_balance as difference
        from {{ this }} as stored
        where stored.balance_date = {{ last_day_before(next_day) }}
        union all
        select transactions.account_id, {{ balance_effect('transactions') }} as difference
        from {{ ref('stg_transactions') }} as transactions
        where
            transactions.transaction_date < {{ next_day }}
            and transactions.transaction_date
            > coalesce({{ last_day_before(next_day) }}, date '0001-01-01')
        union all
        select stored.account_id, -stored.opening_balance as difference
        from {{ this }} as stored
        where stored.balance_date = {{ next_day }}
    )

    select parts.account_id
    from parts
    group by parts.account_id
    having sum(parts.difference) <> 0;

    -- Statistics of the few accounts make the planner use the index.
    analyze accounts_to_recompute;

    delete from {{ this }} as stored
    using accounts_to_recompute
    where
        stored.account_id = accounts_to_recompute.account_id
        and stored.balance_date >= {{ next_day }};

    insert into {{ this }} ({{ model.columns.keys() | join(', ') }})
    select {{ model.columns.keys() | join(', ') }}
    from (
        {{ account_days(next_day, end_day, 'accounts_to_recompute', 'loaded_days') }}
    ) as days;
{% endmacro %}
