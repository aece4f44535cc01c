select
    prices.symbol,
    prices.data_date,
    prices.open_price,
    prices.high_price,
    prices.low_price,
    prices.close_price,
    prices.volume,
    prices.market_cap,
    prices.sector
from {{ ref('stg_market_data') }} as prices
