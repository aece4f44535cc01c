select
    transactions.transaction_id,
    transactions.account_id,
    transactions.transaction_type,
    transactions.amount,
    transactions.currency,
    transactions.transaction_at as transaction_date,
    transactions.description,
    transactions.reference_number,
    transactions.counterparty_account_token as counterparty_account,
    transactions.merchant_id,
    transactions.channel,
    transactions.status,
    transactions.fees,
    transactions.exchange_rate
from {{ ref('stg_transactions') }} as transactions
