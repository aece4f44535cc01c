with alerts as (
    select
        stg_fraud_alerts.*,
        {{ surrogate_key(['stg_fraud_alerts.transaction_id']) }} as transaction_key
    from {{ ref('stg_fraud_alerts') }} as stg_fraud_alerts
),

transactions as (
    select
        fact_transactions.transaction_key,
        fact_transactions.merchant_key,
        fact_transactions.transaction_amount_abs
    from {{ ref('fact_transactions') }} as fact_transactions
),

spans as (
    {{ account_spans() }}
)

select
    {{ surrogate_key(['alerts.alert_id']) }} as alert_key,
    coalesce(transactions.transaction_key, -1) as transaction_key,
    coalesce(spans.customer_key, -1) as customer_key,
    coalesce(spans.account_key, -1) as account_key,
    coalesce(spans.product_key, -1) as product_key,
    coalesce(transactions.merchant_key, -1) as merchant_key,
    coalesce(spans.branch_key, -1) as branch_key,
    coalesce(alert_dates.date_key, -1) as date_key,
    coalesce(decision_dates.date_key, -1) as decision_date_key,
    alerts.alert_id,
    alerts.transaction_id,
    alerts.account_id,
    coalesce(spans.customer_id, 'UNKNOWN') as customer_id,
    alerts.transaction_at,
    alerts.raised_at,
    alerts.raised_date,
    alerts.investigated_at,
    alerts.rule_code,
    alerts.score,
    alerts.severity,
    alerts.status,
    alerts.outcome,
    alerts.currency,
    alerts.amount,
    coalesce(spans.currency, 'XXX') as account_currency,
    coalesce(
        transactions.transaction_amount_abs,
        case when alerts.currency = spans.currency then alerts.amount end
    ) as amount_at_stake,
    round(extract(epoch from alerts.raised_at - alerts.transaction_at) / 60, 2) as minutes_to_alert,
    round(extract(epoch from alerts.investigated_at - alerts.raised_at) / 3600, 2)
        as hours_to_decision,
    alerts.outcome is not null as is_decided,
    coalesce(alerts.outcome = 'CONFIRMED_FRAUD', false) as is_confirmed_fraud,
    coalesce(alerts.outcome = 'FALSE_POSITIVE', false) as is_false_alarm,
    1::smallint as alert_count
from alerts
left join transactions
    on alerts.transaction_key = transactions.transaction_key
left join spans
    on
        alerts.account_id = spans.account_id
        and alerts.transaction_at >= spans.span_from
        and alerts.transaction_at < spans.span_to
left join {{ ref('dim_date') }} as alert_dates
    on alerts.raised_date = alert_dates.full_date
left join {{ ref('dim_date') }} as decision_dates
    on {{ business_date('alerts.investigated_at') }} = decision_dates.full_date
