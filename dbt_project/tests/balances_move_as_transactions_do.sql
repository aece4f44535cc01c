{{ config(meta={'dagster': {'ref': {'name': 'fact_balances'}}}) }}

{#
    On every day, the balance of every account changes by the sum of its completed transactions.
    Days without a change, which are most, are filtered first.
#}
with changes as (
    select
        balances.account_id,
        balances.balance_date as day,
        balances.closing_balance - balances.opening_balance as amount
    from {{ ref('fact_balances') }} as balances
    where
        {{ in_window_if_given('balances.balance_date') }}
        and balances.closing_balance <> balances.opening_balance
    union all
    select
        transactions.account_id,
        transactions.transaction_date as day,
        -transactions.balance_effect as amount
    from {{ ref('fact_transactions') }} as transactions
    where
        {{ in_window_if_given('transactions.transaction_date') }}
        and transactions.account_key <> -1
)

select
    changes.account_id,
    changes.day,
    sum(changes.amount) as difference
from changes
group by grouping sets ((changes.account_id), (changes.day))
having sum(changes.amount) <> 0
