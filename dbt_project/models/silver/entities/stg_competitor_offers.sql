with source as (
    select * from {{ source('bronze', 'competitor_offers') }}
)

select
    {{ tidy('source.competitor') }} as competitor,
    {{ tidy_code('source.product_type') }} as product_type,
    source.offer_date,
    source.interest_rate,
    source.monthly_fee,
    {{ tidy_code('source.currency') }} as currency
from source
