with source as (
    select * from {{ source('bronze', 'subsidiary_capital') }}
)

select
    source.report_date,
    source.subsidiary_id,
    source.subsidiary_name,
    source.cet1_amount,
    source.tier1_amount,
    source.total_amount,
    source.third_party_cet1_amount,
    source.third_party_tier1_amount,
    source.third_party_total_amount,
    source.risk_weighted_assets,
    source.consolidated_risk_weighted_assets,
    {{ tidy_code('source.currency') }} as currency
from source
