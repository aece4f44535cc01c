{{ config(meta={'dagster': {'ref': {'name': 'fact_payments'}}}) }}

{# Rows, amounts and commissions of bronze, silver and the fact are the same to the cent. #}
with layers as (
    select
        count(*) as row_count,
        sum(payments.amount) as amount,
        sum(payments.commission_amount) as commission_amount
    from {{ source('bronze', 'payments') }} as payments
    where
        {{ instant_in_window_or_loaded(
            'payments.payment_at', ref('stg_payments'), 'payment_date'
        ) }}
    union all
    select
        count(*) as row_count,
        sum(payments.amount) as amount,
        sum(payments.commission_amount) as commission_amount
    from {{ ref('stg_payments') }} as payments
    where {{ in_window_if_given('payments.payment_date') }}
    union all
    select
        sum(payments.payment_count) as row_count,
        sum(payments.amount) as amount,
        sum(payments.commission_amount) as commission_amount
    from {{ ref('fact_payments') }} as payments
    where {{ in_window_if_given('payments.payment_date') }}
)

select
    min(layers.row_count) as fewest_rows,
    max(layers.row_count) as most_rows
from layers
having
    min(coalesce(layers.row_count, 0)) <> max(coalesce(layers.row_count, 0))
    or min(coalesce(layers.amount, 0)) <> max(coalesce(layers.amount, 0))
    or min(coalesce(layers.commission_amount, 0)) <> max(coalesce(layers.commission_amount, 0))
