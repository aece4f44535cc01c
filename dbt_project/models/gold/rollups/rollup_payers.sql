{#
    Distinct merchants are not additive over days, so a customer has one row for all days,
    recomputed by every load.
#}
with payments as (
    select facts.*
    from {{ ref('fact_payments') }} as facts
)

select
    {{ surrogate_key(['payments.customer_id', 'payments.currency']) }} as cell_key,
    {{ payment_sums() }},
    max(payments.amount) filter (where payments.is_successful) as max_amount,
    count(distinct payments.merchant_id) as merchant_count,
    count(*) filter (where payments.payment_method in ('CREDIT_CARD', 'DEBIT_CARD'))
        as card_count,
    max(payments.risk_score) as max_risk_score,
    min(payments.payment_date) as first_payment_date,
    max(payments.payment_date) as last_payment_date,
    payments.customer_id,
    payments.currency
from payments
group by payments.customer_id, payments.currency
