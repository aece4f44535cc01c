select
    cells.payment_date as transaction_date,
    cells.payment_method,
    cells.currency,
    cells.payment_count as total_transactions,
    cells.successful_count as successful_transactions,
    cells.failed_count as failed_transactions,
    cells.pending_count as pending_transactions,
    cells.refunded_count as refunded_transactions,
    {{ per_cent('cells.successful_count', 'cells.payment_count') }} as success_rate,
    cells.amount as total_amount,
    cells.successful_amount as total_revenue,
    cells.commission_amount as total_commission,
    round(cells.amount / cells.payment_count, 2) as average_amount,
    round(cells.risk_score_sum / cells.payment_count, 2) as average_risk_score,
    cells.high_risk_count as high_risk_transactions,
    cells.fraud_flagged_count as fraud_flagged_transactions
from {{ ref('rollup_payment_days') }} as cells
