{# Card payments to each merchant in a month, and the rank of the merchant. #}
with months as (
    {{ months_to_write() }}
),

bounds as (
    {{ days_of('months') }}
),

paid as (
    select
        facts.transaction_month as month_end,
        facts.account_currency as currency,
        facts.merchant_key,
        facts.transaction_type = 'CARD_PAYMENT' as is_payment,
        facts.is_completed,
        facts.is_failed,
        facts.is_fraud,
        facts.customer_id,
        facts.transaction_amount_abs as amount
    from {{ ref('fact_transactions') }} as facts
    cross join bounds
    where
        facts.transaction_date between bounds.first_day and bounds.last_day
        and facts.transaction_month in (select months.month_end from months)
        and facts.merchant_key <> -1
        and facts.transaction_type in ('CARD_PAYMENT', 'REFUND')
),

counted as (
    select
        paid.month_end,
        paid.currency,
        paid.merchant_key,
        count(*) filter (where paid.is_payment and paid.is_completed) as payment_count,
        count(*) filter (where paid.is_payment and paid.is_failed) as failed_count,
        count(*) filter (where not paid.is_payment and paid.is_completed) as refund_count,
        count(*) filter (where paid.is_fraud) as fraud_count,
        count(distinct paid.customer_id) filter (where paid.is_payment and paid.is_completed)
            as customer_count,
        coalesce(
            sum(paid.amount) filter (where paid.is_payment and paid.is_completed), 0
        ) as volume_amount,
        coalesce(
            sum(paid.amount) filter (where not paid.is_payment and paid.is_completed), 0
        ) as refund_amount
    from paid
    group by paid.month_end, paid.currency, paid.merchant_key
)

select
    counted.month_end,
    counted.currency,
    counted.merchant_key,
    counted.payment_count,
    counted.failed_count,
    counted.refund_count,
    counted.fraud_count,
    counted.customer_count,
    counted.volume_amount::numeric(18, 2) as volume_amount,
    counted.refund_amount::numeric(18, 2) as refund_amount,
    {{ ratio('counted.volume_amount', 'sum(counted.volume_amount) over merchants') }}
        as volume_share,
    -- merchants of equal volume in one order, so that ranks are unique
    (
        row_number() over (
            partition by counted.month_end, counted.currency
            order by counted.volume_amount desc, counted.merchant_key asc
        )
    )::integer as volume_rank
from counted
window merchants as (partition by counted.month_end, counted.currency)
order by counted.month_end, counted.currency, counted.merchant_key
