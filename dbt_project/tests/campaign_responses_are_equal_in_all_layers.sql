{{ config(meta={'dagster': {'ref': {'name': 'fact_campaign_responses'}}}) }}

{# Rows, conversions and revenue of bronze, silver and gold are equal to the cent. #}
{{ layers_agree(
    'campaign_responses',
    'measured_date',
    {'conversions': 'count(*) filter (where is_converted)', 'revenue': 'sum(revenue)'}
) }}
