{#
    Transactions that an investigation has confirmed as fraud, one row each. A suspicion of a rule
    is `is_flagged`, never `is_fraud`; a later confirmation counts after the next load of its day.

    Columns: transaction_id.
#}
{% macro confirmed_frauds() %}
    select distinct alerts.transaction_id
    from {{ ref('stg_fraud_alerts') }} as alerts
    where alerts.outcome = 'CONFIRMED_FRAUD'
{% endmacro %}
