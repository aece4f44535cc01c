with source as (
    select * from {{ source('bronze', 'operational_losses') }}
)

select
    source.loss_id,
    {{ tidy_code('source.event_type') }} as event_type,
    {{ tidy_code('source.business_line') }} as business_line,
    source.occurrence_date,
    source.discovery_date,
    source.accounting_date,
    {{ tidy_code('source.currency') }} as currency,
    source.gross_loss,
    source.direct_recovery,
    source.insurance_recovery,
    source.is_credit_related
from source
