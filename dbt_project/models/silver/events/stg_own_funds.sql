with source as (
    select * from {{ source('bronze', 'own_funds') }}
    where {{ in_window('report_date') }}
)

select
    source.report_date,
    source.component,
    source.amount,
    source.currency,
    case
        when
            source.component like '%DEDUCTIONS'
            or source.component in (
                'CASH_FLOW_HEDGE_RESERVE', 'OWN_CREDIT_GAINS', 'GAIN_ON_SALE', 'OWN_SHARES',
                'GOODWILL', 'OTHER_INTANGIBLES'
            )
            then -source.amount
        else source.amount
    end as signed_amount
from source
