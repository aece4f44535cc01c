{#
    Rows of `fact_balances` for the days from `first_day` up to, not including, `end_day`.

    1. An account's opening balance on `first_day` is its closing balance on the last day `p` before
       it that the table holds, plus its movements between `p` and `first_day`. If the table holds
       no earlier day, that is the sum of all earlier movements.
    2. Events are the days with movements and the days on which a span of versions begins. A running
       sum over an account's events gives the balances of their days, so that each day opens with
       the closing balance of the previous day.
    3. An event's balance is valid until the next event: the days between are generated from it.
       Amounts are cast to the contract's scale once an event, so that the cast of every day is
       free.
    4. A day has a row while the account is open (opening to closing day), and afterwards while it
       has a balance or a transaction.

    Only transactions inside the days, and between `p` and `first_day`, are read. They are read as
    staged, so that balances do not depend on the slowest model, `fact_transactions`; a test
    compares the two. Accounts are grouped by the hash of their id, because numbers sort twice as
    fast as text, and grouping, merging and summing share one order.

    Args:
        first_day, end_day: SQL dates.
        only_accounts: Table with the column `account_id` to restrict to, or none.
        only_days: Table with the column `balance_date` to restrict to, or none.
#}
{% macro account_days(first_day, end_day, only_accounts=none, only_days=none) %}
    with spans as (
        {{ account_spans() }}
    ),

    account_lifetimes as (
        select distinct on (accounts.account_id)
            accounts.account_id,
            accounts.opening_date,
            case
                when accounts.is_deleted
                    then least(accounts.closing_date, {{ business_date('accounts.valid_to') }})
                else accounts.closing_date
            end as closing_date
        from {{ ref('dim_account') }} as accounts
        where
            accounts.account_key <> -1
            {%- if only_accounts %}
                and accounts.account_id in (select account_id from {{ only_accounts }})
            {%- endif %}
        order by accounts.account_id, accounts.valid_from desc
    ),

    ordered_transactions as (
        select
            {{ surrogate_key(['transactions.account_id']) }} as account_hash,
            transactions.transaction_date,
            transactions.transaction_type,
            {{ signed_amount('transactions') }} as transaction_amount,
            transactions.fees,
            -- Each movement is weighted by the remaining seconds of its day.
            {{ balance_effect('transactions') }} * (
                86400 - floor(date_part('epoch', transactions.transaction_at))::bigint % 86400
            ) as effect_seconds
        from {{ ref('stg_transactions') }} as transactions
        where
            transactions.transaction_date >= {{ first_day }}
            and transactions.transaction_date < {{ end_day }}
            and transactions.status = 'COMPLETED'
            {%- if only_accounts %}
                and transactions.account_id
                in (select account_id from {{ only_accounts }})
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
            select transactions.account_id, {{ balance_effect('transactions') }} as amount
            from {{ ref('stg_transactions') }} as transactions
            where
                transactions.transaction_date < {{ first_day }}
                {%- if is_incremental() %}
                    and transactions.transaction_date
                    > coalesce({{ last_day_before(first_day) }}, date '0001-01-01')
                {%- endif %}
        ) as brought
        group by brought.account_id
    ),

    numbered_spans as materialized (
        select
            spans.*,
            {{ surrogate_key(['spans.account_id']) }} as account_hash,
            account_lifetimes.opening_date,
            account_lifetimes.closing_date,
            coalesce(brought_forward.amount, 0) as brought_amount,
            -- A day has the span in force at its end.
            greatest({{ business_date('spans.span_from') }}, {{ first_day }}) as from_day,
            least({{ business_date('spans.span_to') }}, {{ end_day }}) as to_day,
            row_number() over (order by spans.account_id, spans.span_from) as span_number
        from spans
        inner join account_lifetimes
            on spans.account_id = account_lifetimes.account_id
        left join brought_forward
            on spans.account_id = brought_forward.account_id
    ),

    events as (
        select
            numbered_spans.account_hash,
            numbered_spans.from_day as event_day,
            numbered_spans.span_number,
            0 as credits,
            0 as debits,
            0 as interest_earned,
            0 as fees_charged,
            0 as effect_seconds,
            0 as transaction_count
        from numbered_spans
        where numbered_spans.from_day < numbered_spans.to_day
        union all
        select
            movements.account_hash,
            movements.transaction_date as event_day,
            null as span_number,
            movements.credits,
            movements.debits,
            movements.interest_earned,
            movements.fees_charged,
            movements.effect_seconds,
            movements.transaction_count
        from movements
    ),

    -- On one day the span precedes the movement: with the next event on the same day it has no
    -- days.
    running as (
        select
            events.*,
            max(events.span_number) over so_far as current_span,
            sum(events.credits - events.debits) over so_far as moved_so_far,
            coalesce(lead(events.event_day) over account, {{ end_day }}) as next_day
        from events
        window
            account as (
                partition by events.account_hash
                order by events.event_day, events.span_number nulls last
            ),
            so_far as (account rows unbounded preceding)
    ),

    balance_periods as (
        select
            numbered_spans.customer_key,
            numbered_spans.account_key,
            numbered_spans.product_key,
            numbered_spans.branch_key,
            numbered_spans.account_id,
            numbered_spans.customer_id,
            numbered_spans.currency,
            numbered_spans.opening_date,
            numbered_spans.closing_date,
            running.event_day,
            running.next_day,
            running.transaction_count,
            running.credits::numeric(18, 2) as credits,
            running.debits::numeric(18, 2) as debits,
            running.interest_earned::numeric(18, 2) as interest_earned,
            running.fees_charged::numeric(18, 2) as fees_charged,
            (numbered_spans.brought_amount + running.moved_so_far)::numeric(18, 2)
                as closing_balance,
            (
                numbered_spans.brought_amount + running.moved_so_far - running.credits + running.debits
            )::numeric(18, 2) as opening_balance,
            (
                numbered_spans.brought_amount + running.moved_so_far - running.credits + running.debits
                + round(running.effect_seconds / 86400, 2)
            )::numeric(18, 2) as average_balance,
            (
                (numbered_spans.brought_amount + running.moved_so_far)
                * numbered_spans.interest_rate / 365
            )::numeric(18, 6) as interest_accrued
        from running
        inner join numbered_spans
            on running.current_span = numbered_spans.span_number
        -- `offset 0` computes the amounts once an event instead of once a day below.
        offset 0
    ),

    days as (
        select
            balance_periods.*,
            balance_periods.event_day + series.day_number as balance_date,
            series.day_number = 0 as is_event
        from balance_periods
        cross join lateral
            generate_series(0, balance_periods.next_day - balance_periods.event_day - 1)
                as series (day_number)
    ),

    balanced as (
        select
            days.*,
            case when days.is_event then days.opening_balance else days.closing_balance end
                as day_opening
        from days
    )

    select
        {{ dated_key('balanced.account_id', 'balanced.balance_date') }} as balance_key,
        balanced.customer_key,
        balanced.account_key,
        balanced.product_key,
        balanced.branch_key,
        coalesce(dates.date_key, -1) as date_key,
        balanced.account_id,
        balanced.customer_id,
        balanced.balance_date,
        balanced.currency,
        balanced.day_opening as opening_balance,
        balanced.closing_balance,
        case
            when balanced.is_event then balanced.average_balance
            else balanced.closing_balance
        end as average_balance,
        case when balanced.is_event then balanced.interest_earned else 0::numeric(18, 2) end
            as interest_earned,
        balanced.interest_accrued,
        case when balanced.is_event then balanced.fees_charged else 0::numeric(18, 2) end
            as fees_charged,
        case when balanced.is_event then balanced.credits else 0::numeric(18, 2) end
            as credits,
        case when balanced.is_event then balanced.debits else 0::numeric(18, 2) end
            as debits,
        case when balanced.is_event then balanced.transaction_count else 0 end::integer
            as transaction_count
    from balanced
    left join {{ ref('dim_date') }} as dates
        on balanced.balance_date = dates.full_date
    where
        (
            (
                balanced.balance_date >= balanced.opening_date
                and balanced.balance_date <= coalesce(balanced.closing_date, balanced.balance_date)
            )
            or balanced.day_opening <> 0
            or (balanced.is_event and balanced.transaction_count > 0)
        )
        {%- if only_days %}
            and balanced.balance_date in (select balance_date from {{ only_days }})
        {%- endif %}
    order by balanced.balance_date
{% endmacro %}

{# Last day before `day` that the table holds; null if there is none. #}
{% macro last_day_before(day) -%}
    (select max(earlier.balance_date) from {{ this }} as earlier where earlier.balance_date < {{ day }})
{%- endmacro %}
