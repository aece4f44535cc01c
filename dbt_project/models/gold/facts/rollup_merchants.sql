with facts as (
    select
        transactions.transaction_date,
        transactions.merchant_key,
        transactions.account_currency as currency,
        transactions.is_completed,
        transactions.is_failed,
        transactions.is_fraud,
        transactions.amount,
        transactions.transaction_amount_abs,
        transactions.debit_amount
    from {{ ref('fact_transactions') }} as transactions
    where {{ once_filled(in_lookback_window('transactions.transaction_date')) }}
),

cells as (
    select
        facts.transaction_date,
        facts.merchant_key,
        facts.currency,
        count(*) as transaction_count,
        count(*) filter (where facts.is_completed) as completed_count,
        count(*) filter (where facts.is_failed) as failed_count,
        count(*) filter (where facts.is_fraud) as fraud_count,
        sum(facts.amount) as instructed_amount,
        sum(facts.transaction_amount_abs) as attempted_amount,
        coalesce(sum(facts.transaction_amount_abs) filter (where facts.is_fraud), 0)
            as fraud_amount,
        coalesce(sum(facts.debit_amount) filter (where facts.is_completed), 0) as sales_amount
    from facts
    group by facts.transaction_date, facts.merchant_key, facts.currency
)

select
    {{ dated_key("cells.merchant_key::text || '|' || cells.currency", 'cells.transaction_date') }}
        as cell_key,
    coalesce(dates.date_key, -1) as date_key,
    cells.merchant_key,
    cells.transaction_count,
    cells.completed_count,
    cells.failed_count,
    cells.fraud_count,
    cells.instructed_amount,
    cells.attempted_amount,
    cells.fraud_amount,
    cells.sales_amount,
    cells.transaction_date,
    cells.currency
from cells
left join {{ ref('dim_date') }} as dates
    on cells.transaction_date = dates.full_date
order by cells.transaction_date, cells.merchant_key
