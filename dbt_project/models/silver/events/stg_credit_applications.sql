with source as (
    select * from {{ source('bronze', 'credit_applications') }}
    where {{ in_window('decision_date') }}
)

select
    source.application_id,
    source.customer_id,
    source.product_id,
    source.loan_id,
    source.loan_type,
    {{ tidy_code('source.purpose') }} as purpose,
    source.application_date,
    source.decision_date,
    source.decision_date - source.application_date as days_to_decision,
    source.decision,
    {{ tidy_code('source.decision_reason') }} as decision_reason,
    source.requested_amount,
    source.approved_amount,
    round(coalesce(source.approved_amount, 0) / source.requested_amount, 6)::numeric(9, 6)
        as approved_rate,
    source.currency,
    source.requested_term,
    source.credit_score,
    source.annual_income,
    source.decision = 'APPROVED' as is_approved
from source
