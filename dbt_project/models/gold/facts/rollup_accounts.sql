{#
    Months are rebuilt from all their facts, so that a late day updates its month and windows may be
    loaded in any order.
#}
with facts as (
    select
        {{ month_end('transactions.transaction_date') }} as month_end,
        transactions.transaction_date,
        transactions.account_id,
        transactions.customer_id,
        transactions.customer_key,
        transactions.account_currency as currency,
        transactions.is_completed,
        transactions.is_completed and transactions.transaction_type <> 'OPENING_BALANCE'
            as is_activity,
        transactions.is_completed
        and transactions.transaction_type in ('CARD_PAYMENT', 'BILL_PAYMENT') as is_spending,
        transactions.amount,
        transactions.debit_amount,
        transactions.fees
    from {{ ref('fact_transactions') }} as transactions
    where {{ once_filled(in_months_of_window('transactions.transaction_date')) }}
),

cells as (
    select
        facts.month_end,
        facts.account_id,
        facts.customer_id,
        facts.customer_key,
        facts.currency,
        count(*) as transaction_count,
        count(*) filter (where facts.is_activity) as activity_count,
        count(*) filter (where facts.is_spending) as spending_count,
        sum(facts.amount) as instructed_amount,
        coalesce(sum(facts.debit_amount) filter (where facts.is_spending), 0) as spent_amount,
        sum(facts.fees) as fees,
        coalesce(sum(facts.fees) filter (where facts.is_completed), 0) as completed_fees,
        min(facts.transaction_date) as first_date,
        min(facts.transaction_date) filter (where facts.is_activity) as first_activity_date
    from facts
    group by
        facts.month_end, facts.account_id, facts.customer_id, facts.customer_key, facts.currency
)

select
    {{ dated_key(
        "cells.account_id || '|' || cells.customer_id || '|' || cells.customer_key::text || '|'"
        ~ " || cells.currency",
        'cells.month_end'
    ) }} as cell_key,
    cells.customer_key,
    cells.transaction_count,
    cells.activity_count,
    cells.spending_count,
    cells.instructed_amount,
    cells.spent_amount,
    cells.fees,
    cells.completed_fees,
    cells.month_end,
    cells.first_date,
    cells.first_activity_date,
    cells.account_id,
    cells.customer_id,
    cells.currency
from cells
order by cells.month_end, cells.account_id
