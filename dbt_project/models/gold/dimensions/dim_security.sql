with adjusted as (
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
    from {{ ref('stg_securities') }} as latest
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
