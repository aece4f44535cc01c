{{ config(meta={'dagster': {'ref': {'name': 'fact_transactions'}}}) }}

{# Rows, amounts and fees of bronze, silver and the fact are the same to the cent. #}
with layers as (
    select
        count(*) as row_count,
        sum(transactions.amount) as amount,
        sum(transactions.fees) as fees
    from {{ source('bronze', 'transactions') }} as transactions
    where
        {{ instant_in_window_or_loaded(
            'transactions.transaction_date', ref('stg_transactions'), 'transaction_date'
        ) }}
    union all
    select
        count(*) as row_count,
        sum(transactions.amount) as amount,
        sum(transactions.fees) as fees
    from {{ ref('stg_transactions') }} as transactions
    where {{ in_window_if_given('transactions.transaction_date') }}
    union all
    select
        sum(transactions.transaction_count) as row_count,
        sum(transactions.amount) as amount,
        sum(transactions.fees) as fees
    from {{ ref('fact_transactions') }} as transactions
    where {{ in_window_if_given('transactions.transaction_date') }}
)

select
    min(layers.row_count) as fewest_rows,
    max(layers.row_count) as most_rows,
    min(layers.amount) as least_amount,
    max(layers.amount) as most_amount
from layers
having
    min(coalesce(layers.row_count, 0)) <> max(coalesce(layers.row_count, 0))
    or min(coalesce(layers.amount, 0)) <> max(coalesce(layers.amount, 0))
    or min(coalesce(layers.fees, 0)) <> max(coalesce(layers.fees, 0))
