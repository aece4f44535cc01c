with source as (
    select * from {{ source('bronze', 'settlements') }}
    where {{ in_window('cutoff_date') }}
)

select
    source.settlement_id,
    source.merchant_id,
    source.period_start_date,
    source.period_end_date,
    source.cutoff_date,
    source.settlement_due_date,
    source.settlement_date,
    source.sla_class,
    source.sla_days,
    source.status,
    source.delay_reason,
    source.currency,
    source.payment_count,
    source.gross_amount,
    source.commission_amount,
    source.net_amount
from source
