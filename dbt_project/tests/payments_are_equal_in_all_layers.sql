{{ config(meta={'dagster': {'ref': {'name': 'fact_payments'}}}) }}

{# Rows, amounts and commissions of bronze, silver and gold are equal to the cent. #}
{{ layers_agree(
    'payments',
    'payment_date',
    {'amount': 'sum(amount)', 'commission_amount': 'sum(commission_amount)'},
    instant='payment_at',
    fact_rows='sum(payment_count)'
) }}
