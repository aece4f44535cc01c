{# Counts of payments by what became of them, as aggregates over a relation `payments`. #}
{% macro payment_counts() -%}
    count(*) as total_transactions,
        count(*) filter (where payments.status = 'SUCCESS') as successful_transactions,
        count(*) filter (where payments.status = 'FAILED') as failed_transactions,
        count(*) filter (where payments.status = 'PENDING') as pending_transactions,
        count(*) filter (where payments.status = 'REFUNDED') as refunded_transactions,
        {{ per_cent("count(*) filter (where payments.status = 'SUCCESS')", 'count(*)') }}
            as success_rate
{%- endmacro %}

{# A share in per cent with two decimals; null of nothing. #}
{% macro per_cent(part, whole) -%}
    round(100.0 * ({{ part }}) / nullif({{ whole }}, 0), 2)
{%- endmacro %}
