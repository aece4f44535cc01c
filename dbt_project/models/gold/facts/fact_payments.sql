with payments as (
    select
        stg_payments.*,
        stg_payments.status = 'SUCCESS' as is_successful
    from {{ ref('stg_payments') }} as stg_payments
    where {{ in_window('stg_payments.payment_date') }}
),

customers as (
    {{ customer_spans() }}
)

select
    {{ surrogate_key(['payments.payment_id']) }} as payment_key,
    coalesce(customers.customer_key, -1) as customer_key,
    coalesce(merchants.merchant_key, -1) as merchant_key,
    coalesce(dates.date_key, -1) as date_key,
    payments.payment_id,
    payments.customer_id,
    payments.merchant_id,
    payments.settlement_id,
    payments.payment_at,
    payments.payment_date,
    payments.completed_at,
    payments.refunded_at,
    payments.payment_method,
    payments.status,
    payments.failure_reason,
    payments.currency,
    payments.amount,
    case when payments.is_successful then payments.amount else 0 end as successful_amount,
    payments.commission_rate,
    payments.commission_amount,
    case
        when payments.is_successful then payments.amount - payments.commission_amount
        else 0
    end as net_amount,
    payments.risk_score,
    case
        when payments.risk_score >= 70 then 'HIGH'
        when payments.risk_score >= 40 then 'MEDIUM'
        else 'LOW'
    end as risk_band,
    payments.is_fraud_flagged,
    payments.is_successful,
    1::smallint as payment_count
from payments
left join customers
    on
        payments.customer_id = customers.customer_id
        and payments.payment_at >= customers.span_from
        and payments.payment_at < customers.span_to
left join {{ ref('dim_merchant') }} as merchants
    on payments.merchant_id = merchants.merchant_id
left join {{ ref('dim_date') }} as dates
    on payments.payment_date = dates.full_date
