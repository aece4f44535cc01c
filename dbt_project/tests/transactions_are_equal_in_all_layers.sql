{{ config(meta={'dagster': {'ref': {'name': 'fact_transactions'}}}) }}

{# Rows, amounts and fees of bronze, silver and gold are equal to the cent. #}
{{ layers_agree(
    'transactions',
    'transaction_date',
    {'amount': 'sum(amount)', 'fees': 'sum(fees)'},
    instant='transaction_date',
    fact_rows='sum(transaction_count)'
) }}
