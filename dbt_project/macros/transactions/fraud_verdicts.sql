{#
    Alerts of the live fraud rules on transactions of the window and of later days whose lookback
    overlaps it, one row each. The rules are data (`finplatform/streaming/fraud/rules.yaml`),
    evaluated before the facts are built, by the code that evaluates the stream.

    Columns: transaction_id, rule_code, rule_points, severity.
#}
{% macro fraud_verdicts() %}
    select
        verdicts.transaction_id,
        verdicts.rule_code,
        verdicts.rule_points,
        verdicts.severity
    from {{ source('gold_by_python', 'fraud_verdicts') }} as verdicts
    where
        verdicts.is_alert
        and verdicts.transaction_date >= {{ window_start() }}
        and verdicts.transaction_date < {{ window_end() }} + {{ lookback_days() }}
{% endmacro %}
