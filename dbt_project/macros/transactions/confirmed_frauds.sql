{#
    Transactions that an investigation has found to be fraud, one row each. A rule's suspicion is
    `is_flagged`, never `is_fraud`; a finding that comes later counts once its day is loaded again.

    Columns: transaction_id.
#}
{% macro confirmed_frauds() %}
    select distinct alerts.transaction_id
    from {{ ref('stg_fraud_alerts') }} as alerts
    where alerts.outcome = 'CONFIRMED_FRAUD'
{% endmacro %}
