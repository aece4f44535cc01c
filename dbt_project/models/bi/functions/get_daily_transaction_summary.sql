select
    {{ argument('report_date') }} as transaction_date,
    count(*) as total_transactions,
    count(*) filter (where payments.status = 'SUCCESS') as successful_transactions,
    count(*) filter (where payments.status = 'FAILED') as failed_transactions,
    coalesce(
        {{ per_cent("count(*) filter (where payments.status = 'SUCCESS')", 'count(*)') }}, 0
    ) as success_rate,
    coalesce(sum(payments.successful_amount), 0) as total_revenue
from {{ ref('fact_payments') }} as payments
where payments.payment_date = {{ argument('report_date') }}
