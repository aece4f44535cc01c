with source as (
    select * from {{ source('bronze', 'credit_protection') }}
)

select
    source.report_date,
    source.protection_id,
    source.exposure_id,
    source.protection_kind,
    {{ tidy_code('source.currency') }} as currency,
    source.amount,
    source.transaction_kind,
    source.revaluation_days,
    source.start_date,
    source.end_date,
    source.instrument_maturity_date,
    source.provider_class,
    source.provider_rating,
    source.provider_grade,
    source.is_own_currency,
    source.covers_restructuring,
    source.first_loss_amount
from source
