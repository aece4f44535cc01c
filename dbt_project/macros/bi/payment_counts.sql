{# A share in per cent with two decimals; null for a denominator of 0. #}
{% macro per_cent(part, whole) -%}
    round(100.0 * ({{ part }}) / nullif({{ whole }}, 0), 2)
{%- endmacro %}

{# Additive measures of payments. #}
{% macro payment_measures() -%}
    {{ return([
        'payment_count', 'successful_count', 'failed_count', 'pending_count', 'refunded_count',
        'high_risk_count', 'fraud_flagged_count', 'amount', 'successful_amount',
        'commission_amount', 'risk_score_sum',
    ]) }}
{%- endmacro %}

{# These measures as aggregates over a relation `payments` of payments. #}
{% macro payment_sums() -%}
    count(*) as payment_count,
        {%- for name, status in [
            ('successful', 'SUCCESS'), ('failed', 'FAILED'), ('pending', 'PENDING'),
            ('refunded', 'REFUNDED'),
        ] %}
        count(*) filter (where payments.status = '{{ status }}') as {{ name }}_count,
        {%- endfor %}
        count(*) filter (where payments.risk_band = 'HIGH') as high_risk_count,
        count(*) filter (where payments.is_fraud_flagged) as fraud_flagged_count,
        sum(payments.amount) as amount,
        sum(payments.successful_amount) as successful_amount,
        sum(payments.commission_amount) as commission_amount,
        sum(payments.risk_score) as risk_score_sum
{%- endmacro %}

{# Counts of payments by state, as sums over a relation `cells` of these measures. #}
{% macro summed_payment_counts() -%}
    sum(cells.payment_count)::bigint as total_transactions,
        sum(cells.successful_count)::bigint as successful_transactions,
        sum(cells.failed_count)::bigint as failed_transactions,
        sum(cells.pending_count)::bigint as pending_transactions,
        sum(cells.refunded_count)::bigint as refunded_transactions,
        {{ per_cent('sum(cells.successful_count)', 'sum(cells.payment_count)') }} as success_rate
{%- endmacro %}
