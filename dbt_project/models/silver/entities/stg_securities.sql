{#
    Traded symbols of the market data. The entity has no master source: its attributes are trading
    days and the latest sector.
#}
with source as (
    select * from {{ source('bronze', 'market_data') }}
),

traded as (
    select
        source.symbol,
        min(source.data_date) as first_date,
        max(source.data_date) as last_date,
        count(*)::integer as trading_days
    from source
    group by source.symbol
)

select
    traded.symbol,
    {{ tidy_code('source.sector') }} as sector,
    traded.first_date,
    traded.last_date,
    traded.trading_days,
    source.close_price as last_close_price,
    max(traded.last_date) over () as market_last_date
from traded
inner join source
    on traded.symbol = source.symbol and traded.last_date = source.data_date
