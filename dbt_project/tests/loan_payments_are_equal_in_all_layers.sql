{{ config(meta={'dagster': {'ref': {'name': 'fact_loan_payments'}}}) }}

{# Rows and amounts of bronze, silver and gold are equal to the cent. #}
{{ layers_agree(
    'loan_payments',
    'due_date',
    {'scheduled_amount': 'sum(scheduled_amount)', 'paid_amount': 'sum(paid_amount)'},
    fact_rows='sum(payment_count)'
) }}
