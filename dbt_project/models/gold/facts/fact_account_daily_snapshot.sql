{{ config(materialized='view') }}

select
    balances.balance_key as snapshot_key,
    balances.customer_key,
    balances.account_key,
    balances.product_key,
    balances.branch_key,
    balances.date_key,
    balances.account_id,
    balances.customer_id,
    balances.balance_date as snapshot_date,
    balances.currency,
    balances.opening_balance,
    balances.closing_balance,
    balances.average_balance,
    (balances.closing_balance - balances.opening_balance)::numeric(18, 2) as balance_change,
    balances.credits,
    balances.debits,
    balances.transaction_count,
    balances.interest_earned,
    balances.interest_accrued,
    balances.fees_charged,
    balances.closing_balance < 0 as is_overdrawn,
    balances.transaction_count > 0 as is_active
from {{ ref('fact_balances') }} as balances
