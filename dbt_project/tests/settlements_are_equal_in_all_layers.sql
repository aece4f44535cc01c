{{ config(meta={'dagster': {'ref': {'name': 'fact_settlements'}}}) }}

{# Rows and amounts of bronze, silver and gold are equal to the cent. #}
{{ layers_agree(
    'settlements',
    'cutoff_date',
    {'gross_amount': 'sum(gross_amount)', 'net_amount': 'sum(net_amount)'},
    fact_rows='sum(settlement_count)'
) }}
