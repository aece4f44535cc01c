{{ config(meta={'dagster': {'ref': {'name': 'fact_loan_payments'}}}) }}

{# Rows and amounts of bronze, silver and the fact are the same to the cent. #}
with layers as (
    select
        count(*) as row_count,
        sum(payments.scheduled_amount) as scheduled_amount,
        sum(payments.paid_amount) as paid_amount
    from {{ source('bronze', 'loan_payments') }} as payments
    where {{ in_window_or_loaded('payments.due_date', ref('stg_loan_payments'), 'due_date') }}
    union all
    select
        count(*) as row_count,
        sum(payments.scheduled_amount) as scheduled_amount,
        sum(payments.paid_amount) as paid_amount
    from {{ ref('stg_loan_payments') }} as payments
    where {{ in_window_if_given('payments.due_date') }}
    union all
    select
        sum(payments.payment_count) as row_count,
        sum(payments.scheduled_amount) as scheduled_amount,
        sum(payments.paid_amount) as paid_amount
    from {{ ref('fact_loan_payments') }} as payments
    where {{ in_window_if_given('payments.due_date') }}
)

select
    min(layers.row_count) as fewest_rows,
    max(layers.row_count) as most_rows
from layers
having
    min(coalesce(layers.row_count, 0)) <> max(coalesce(layers.row_count, 0))
    or min(coalesce(layers.scheduled_amount, 0)) <> max(coalesce(layers.scheduled_amount, 0))
    or min(coalesce(layers.paid_amount, 0)) <> max(coalesce(layers.paid_amount, 0))
