with source as (
    select * from {{ source('bronze', 'market_data') }}
    where {{ in_window('data_date') }}
)

select
    source.symbol,
    source.data_date,
    source.open_price,
    source.high_price,
    source.low_price,
    source.close_price,
    source.volume,
    source.market_cap,
    {{ tidy_code('source.sector') }} as sector
from source
