with transactions as (
    select
        stg_transactions.*,
        case
            when stg_transactions.direction < 0 then -stg_transactions.account_amount
            else stg_transactions.account_amount
        end as transaction_amount
    from {{ ref('stg_transactions') }} as stg_transactions
    where {{ in_window('stg_transactions.transaction_date') }}
),

spans as (
    {{ account_spans() }}
)

select
    {{ surrogate_key(['transactions.transaction_id']) }} as transaction_key,
    coalesce(spans.customer_key, -1) as customer_key,
    coalesce(spans.account_key, -1) as account_key,
    coalesce(spans.product_key, -1) as product_key,
    coalesce(merchants.merchant_key, -1) as merchant_key,
    coalesce(spans.branch_key, -1) as branch_key,
    coalesce(dates.date_key, -1) as date_key,
    transactions.transaction_id,
    transactions.account_id,
    coalesce(spans.customer_id, 'UNKNOWN') as customer_id,
    transactions.transaction_at,
    transactions.transaction_date,
    transactions.transaction_type,
    transactions.channel,
    transactions.status,
    transactions.is_cash,
    transactions.currency,
    coalesce(spans.currency, 'XXX') as account_currency,
    transactions.amount,
    transactions.transaction_amount,
    transactions.account_amount as transaction_amount_abs,
    transactions.fees,
    transactions.transaction_amount - transactions.fees as net_amount,
    case
        when transactions.status = 'COMPLETED'
            then transactions.transaction_amount - transactions.fees
        else 0
    end as balance_effect,
    1::smallint as transaction_count
from transactions
left join spans
    on
        transactions.account_id = spans.account_id
        and transactions.transaction_at >= spans.span_from
        and transactions.transaction_at < spans.span_to
left join {{ ref('dim_merchant') }} as merchants
    on transactions.merchant_id = merchants.merchant_id
left join {{ ref('dim_date') }} as dates
    on transactions.transaction_date = dates.full_date
