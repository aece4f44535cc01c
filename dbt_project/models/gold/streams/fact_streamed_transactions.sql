-- The current and the two previous days; events of older days need a run of their day.
with events as (
    select events.*
    from {{ ref('stg_transaction_events') }} as events
    where events.transaction_at >= {{ day_start(business_date('now()') ~ ' - 2') }}
),

latest as (
    select distinct on (events.transaction_id) events.*
    from events
    order by events.transaction_id asc, events.sent_ms desc, events.sent_number desc
),

keyed as (
    select
        latest.*,
        {{ surrogate_key(['latest.transaction_id']) }} as transaction_key,
        {{ signed_amount('latest') }} as transaction_amount,
        {{ balance_effect('latest') }} as balance_effect
    from latest
)

select
    keyed.transaction_key,
    coalesce(customers.customer_key, -1) as customer_key,
    coalesce(accounts.account_key, -1) as account_key,
    coalesce(products.product_key, -1) as product_key,
    coalesce(merchants.merchant_key, -1) as merchant_key,
    coalesce(branches.branch_key, -1) as branch_key,
    coalesce(dates.date_key, -1) as date_key,
    keyed.transaction_id,
    keyed.account_id,
    coalesce(accounts.customer_id, 'UNKNOWN') as customer_id,
    keyed.transaction_at,
    keyed.transaction_date,
    keyed.transaction_type,
    keyed.transaction_category,
    keyed.direction,
    keyed.channel,
    keyed.status,
    keyed.status = 'COMPLETED' as is_completed,
    keyed.status = 'FAILED' as is_failed,
    case when keyed.status = 'FAILED' then coalesce(keyed.decline_reason, 'UNKNOWN') end
        as decline_reason,
    keyed.currency,
    coalesce(accounts.currency, 'XXX') as account_currency,
    keyed.exchange_rate,
    keyed.amount,
    keyed.transaction_amount,
    keyed.account_amount as transaction_amount_abs,
    keyed.fees,
    keyed.transaction_amount - keyed.fees as net_amount,
    keyed.balance_effect,
    keyed.received_at,
    1::smallint as transaction_count
from keyed
left join {{ ref('dim_account') }} as accounts
    on keyed.account_id = accounts.account_id and accounts.is_current
left join {{ ref('dim_customer') }} as customers
    on accounts.customer_id = customers.customer_id and customers.is_current
left join {{ ref('dim_product') }} as products
    on accounts.product_id = products.product_id
left join {{ ref('dim_branch') }} as branches
    on accounts.branch_id = branches.branch_id
left join {{ ref('dim_merchant') }} as merchants
    on keyed.merchant_id = merchants.merchant_id
left join {{ ref('dim_date') }} as dates
    on keyed.transaction_date = dates.full_date
where not exists (
    select from {{ ref('fact_transactions') }} as loaded
    where loaded.transaction_key = keyed.transaction_key
)
