{#
    Rows of `fact_balances` for the days from `first_day` up to, not including, `end_day`.

    1. An account's opening balance on `first_day` is its closing balance on the last day `p` before
       it that the table holds, plus what moved it between `p` and `first_day`. Where the table
       holds no earlier day, that is all that ever moved it.
    2. From there on a running sum over its days: each day opens with what the day before closed
       with.
    3. A day has a row while the account is open (opening to closing day), and as long after as
       something is left or moves.

    Only `fact_transactions` inside the days, and between `p` and `first_day`, is read. Within,
    accounts are told apart by the hash of their id, because numbers sort twice as fast as text, and
    there is one sort that grouping, joining and summing share.

    Args:
        first_day, end_day: SQL dates.
        only_accounts: Table with the column `account_id` to restrict to, or none.
        only_days: Table with the column `balance_date` to restrict to, or none.
#}
{% macro account_days(first_day, end_day, only_accounts=none, only_days=none) %}
    with spans as (
        {{ account_spans() }}
    ),

    lives as (
        select distinct on (accounts.account_id)
            accounts.account_id,
            accounts.opening_date,
            case
                when accounts.is_deleted
                    then least(accounts.closing_date, {{ utc_date('accounts.valid_to') }})
                else accounts.closing_date
            end as closing_date
        from {{ ref('dim_account') }} as accounts
        where
            accounts.account_key <> -1
            {%- if only_accounts %}
                and accounts.account_id in (select chosen.account_id from {{ only_accounts }} as chosen)
            {%- endif %}
        order by accounts.account_id, accounts.valid_from desc
    ),

    ordered_transactions as (
        select
            {{ surrogate_key(['transactions.account_id']) }} as account_hash,
            transactions.transaction_date,
            transactions.transaction_type,
            transactions.transaction_amount,
            transactions.fees,
            -- Each movement counts for the seconds that are left of its day.
            transactions.balance_effect * (
                86400 - floor(date_part('epoch', transactions.transaction_at))::bigint % 86400
            ) as effect_seconds
        from {{ ref('fact_transactions') }} as transactions
        where
            transactions.transaction_date >= {{ first_day }}
            and transactions.transaction_date < {{ end_day }}
            and transactions.status = 'COMPLETED'
            {%- if only_accounts %}
                and transactions.account_id
                in (select chosen.account_id from {{ only_accounts }} as chosen)
            {%- endif %}
        order by account_hash, transactions.transaction_date
    ),

    movements as (
        select
            moves.account_hash,
            moves.transaction_date,
            coalesce(
                sum(moves.transaction_amount) filter (where moves.transaction_amount > 0), 0
            ) as credits,
            sum(moves.fees) - coalesce(
                sum(moves.transaction_amount) filter (where moves.transaction_amount < 0), 0
            ) as debits,
            coalesce(
                sum(moves.transaction_amount) filter (where moves.transaction_type = 'INTEREST'), 0
            ) as interest_earned,
            sum(moves.fees) - coalesce(
                sum(moves.transaction_amount) filter (where moves.transaction_type = 'FEE'), 0
            ) as fees_charged,
            sum(moves.effect_seconds) as effect_seconds,
            count(*) as transaction_count
        from ordered_transactions as moves
        group by moves.account_hash, moves.transaction_date
    ),

    brought_forward as (
        select brought.account_id, sum(brought.amount) as amount
        from (
            {%- if is_incremental() %}
                select stored.account_id, stored.closing_balance as amount
                from {{ this }} as stored
                where stored.balance_date = {{ last_day_before(first_day) }}
                union all
            {%- endif %}
            select transactions.account_id, transactions.balance_effect as amount
            from {{ ref('fact_transactions') }} as transactions
            where
                transactions.transaction_date < {{ first_day }}
                {%- if is_incremental() %}
                    and transactions.transaction_date
                    > coalesce({{ last_day_before(first_day) }}, date '0001-01-01')
                {%- endif %}
        ) as brought
        group by brought.account_id
    ),

    ordered_spans as materialized (
        select
            spans.*,
            {{ surrogate_key(['spans.account_id']) }} as account_hash,
            lives.opening_date,
            lives.closing_date,
            greatest({{ utc_date('spans.span_from') }}, {{ first_day }}) as from_day,
            least({{ utc_date('spans.span_to') }}, {{ end_day }}) as to_day
        from spans
        inner join lives
            on spans.account_id = lives.account_id
        order by account_hash, spans.span_from
    ),

    -- A day belongs to the span that is in force at its end.
    days as (
        select ordered_spans.*, ordered_spans.from_day + series.day_number as balance_date
        from ordered_spans
        cross join lateral
            generate_series(0, ordered_spans.to_day - ordered_spans.from_day - 1)
                as series (day_number)
    ),

    moved as (
        select
            days.*,
            coalesce(movements.credits, 0) as credits,
            coalesce(movements.debits, 0) as debits,
            coalesce(movements.interest_earned, 0) as interest_earned,
            coalesce(movements.fees_charged, 0) as fees_charged,
            coalesce(movements.effect_seconds, 0) as effect_seconds,
            coalesce(movements.transaction_count, 0) as transaction_count
        from days
        left join movements
            on
                days.account_hash = movements.account_hash
                and days.balance_date = movements.transaction_date
    ),

    running as (
        select
            moved.*,
            sum(moved.credits - moved.debits) over (
                partition by moved.account_hash
                order by moved.balance_date
                rows unbounded preceding
            ) as moved_so_far
        from moved
    ),

    balanced as (
        select
            running.*,
            coalesce(brought_forward.amount, 0) + running.moved_so_far as closing_balance,
            coalesce(brought_forward.amount, 0) + running.moved_so_far
            - running.credits + running.debits as opening_balance
        from running
        left join brought_forward
            on running.account_id = brought_forward.account_id
    )

    select
        {{ surrogate_key([
            'balanced.account_id', "(balanced.balance_date - date '2000-01-01')::text"
        ]) }} as balance_key,
        balanced.customer_key,
        balanced.account_key,
        balanced.product_key,
        balanced.branch_key,
        coalesce(dates.date_key, -1) as date_key,
        balanced.account_id,
        balanced.customer_id,
        balanced.balance_date,
        balanced.currency,
        balanced.opening_balance,
        balanced.closing_balance,
        balanced.opening_balance + round(balanced.effect_seconds / 86400, 2) as average_balance,
        balanced.interest_earned,
        round(balanced.closing_balance * balanced.interest_rate / 365, 6) as interest_accrued,
        balanced.fees_charged,
        balanced.credits,
        balanced.debits,
        balanced.transaction_count::integer as transaction_count
    from balanced
    left join {{ ref('dim_date') }} as dates
        on balanced.balance_date = dates.full_date
    where
        (
            (
                balanced.balance_date >= balanced.opening_date
                and balanced.balance_date <= coalesce(balanced.closing_date, balanced.balance_date)
            )
            or balanced.opening_balance <> 0
            or balanced.transaction_count > 0
        )
        {%- if only_days %}
            and balanced.balance_date in (select chosen.balance_date from {{ only_days }} as chosen)
        {%- endif %}
    order by balanced.balance_date
{% endmacro %}

{# Last day before `day` that the table holds; null if there is none. #}
{% macro last_day_before(day) -%}
    (select max(earlier.balance_date) from {{ this }} as earlier where earlier.balance_date < {{ day }})
{%- endmacro %}
