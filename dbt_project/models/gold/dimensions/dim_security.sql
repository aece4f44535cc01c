with traded as (
    select
        prices.symbol,
        min(prices.data_date) as first_date,
        max(prices.data_date) as last_date,
        count(*)::integer as trading_days
    from {{ ref('stg_market_data') }} as prices
    group by prices.symbol
),

latest as (
    select
        traded.*,
        prices.sector,
        prices.close_price as last_close_price,
        max(traded.last_date) over () as market_last_date
    from traded
    inner join {{ ref('stg_market_data') }} as prices
        on traded.symbol = prices.symbol and traded.last_date = prices.data_date
),

adjusted as (
    select distinct adjustments.symbol
    from {{ ref('stg_price_adjustments') }} as adjustments
),

described as (
    select
        {{ surrogate_key(['latest.symbol']) }} as security_key,
        latest.symbol,
        coalesce(securities.security_name, latest.symbol) as security_name,
        coalesce(securities.asset_class, 'UNKNOWN') as asset_class,
        coalesce(latest.sector, 'UNKNOWN') as sector,
        securities.currency,
        latest.first_date,
        latest.last_date,
        latest.trading_days,
        latest.last_close_price,
        latest.market_last_date - latest.last_date <= 10 as is_active,
        adjusted.symbol is not null as has_adjustments
    from latest
    left join {{ ref('securities') }} as securities
        on latest.symbol = securities.symbol
    left join adjusted
        on latest.symbol = adjusted.symbol
),

unknown as (
    select
        -1::bigint as security_key,
        'UNKNOWN' as symbol,
        'Unknown' as security_name,
        'UNKNOWN' as asset_class,
        'UNKNOWN' as sector,
        null::text as currency,
        null::date as first_date,
        null::date as last_date,
        0 as trading_days,
        null::numeric as last_close_price,
        false as is_active,
        false as has_adjustments
)

select * from described
union all
select * from unknown
