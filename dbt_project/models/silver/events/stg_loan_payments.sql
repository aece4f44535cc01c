with source as (
    select * from {{ source('bronze', 'loan_payments') }}
    where {{ in_window('due_date') }}
)

select
    source.payment_id,
    source.loan_id,
    source.installment_number as instalment_number,
    source.due_date,
    source.payment_date,
    -- A partial payment of any size leaves the instalment open.
    case when source.status in ('PAID', 'LATE') then source.payment_date end as settled_date,
    source.scheduled_amount,
    source.paid_amount,
    source.principal_component,
    source.interest_component,
    source.outstanding_principal,
    source.currency,
    source.status
from source
