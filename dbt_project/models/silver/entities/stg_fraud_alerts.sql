with source as (
    select * from {{ source('bronze', 'fraud_alerts') }}
)

select
    source.alert_id,
    source.transaction_id,
    source.account_id,
    source.transaction_at,
    source.amount,
    {{ tidy_code('source.currency') }} as currency,
    source.raised_at,
    {{ business_date('source.raised_at') }} as raised_date,
    source.investigated_at,
    {{ tidy_code('source.rule_code') }} as rule_code,
    source.score,
    {{ tidy_code('source.severity') }} as severity,
    {{ tidy_code('source.status') }} as status,
    {{ tidy_code('source.outcome') }} as outcome
from source
