{#
    Transactions that an investigation has found to be fraud, one row each. No source delivers
    findings, so there are none: a rule's suspicion is `is_flagged`, never `is_fraud`.

    Columns: transaction_id.
#}
{% macro confirmed_frauds() %}
    select null::text as transaction_id
    where false
{% endmacro %}
