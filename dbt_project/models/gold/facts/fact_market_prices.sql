{{ config(post_hook=["{{ readjust_prices() }}"]) }}

with prices as (
    select
        stg_market_data.*,
        coalesce(adjustments.adjustment_factor, 1) as adjustment_factor
    from {{ ref('stg_market_data') }} as stg_market_data
    left join {{ ref('stg_price_adjustments') }} as adjustments
        on
            stg_market_data.symbol = adjustments.symbol
            and stg_market_data.data_date >= adjustments.first_date
            and stg_market_data.data_date <= adjustments.last_date
    -- The volatility has a lookback of 29 days, and its first return of another 30. Loaded days
    -- after the window may depend on it.
    where stg_market_data.data_date >= {{ window_start() }} - 60
),

moves as (
    select
        prices.*,
        (prices.close_price * prices.adjustment_factor)::double precision as adjusted,
        (
            lag(prices.close_price * prices.adjustment_factor) over (
                partition by prices.symbol order by prices.data_date
            )
        )::double precision as previous_adjusted,
        lag(prices.data_date) over (
            partition by prices.symbol order by prices.data_date
        ) as previous_date
    from prices
),

returns as (
    select
        moves.*,
        case
            when moves.data_date - moves.previous_date <= 30
                then ln(moves.adjusted / moves.previous_adjusted)
        end as log_return
    from moves
),

rolling as (
    select
        returns.*,
        stddev_samp(returns.log_return) over last_month as daily_volatility,
        count(returns.log_return) over last_month as volatility_days
    from returns
    window
        last_month as (
            partition by returns.symbol
            order by returns.data_date
            range between interval '29 days' preceding and current row
        )
)

select
    {{ surrogate_key(['rolling.symbol', "to_char(rolling.data_date, 'YYYYMMDD')"]) }} as price_key,
    coalesce(securities.security_key, -1) as security_key,
    coalesce(dates.date_key, -1) as date_key,
    rolling.symbol,
    rolling.data_date,
    rolling.open_price,
    rolling.high_price,
    rolling.low_price,
    rolling.close_price,
    rolling.adjustment_factor,
    round(rolling.close_price * rolling.adjustment_factor, 6) as adjusted_close,
    exp(rolling.log_return) - 1 as return_rate,
    rolling.log_return,
    -- The volatility needs ten returns; a year has 252 trading days.
    case
        when rolling.volatility_days >= 10 then rolling.daily_volatility * sqrt(252)
    end as volatility_rate,
    rolling.volatility_days::integer as volatility_days,
    ((rolling.high_price - rolling.low_price) / rolling.close_price)::double precision
        as day_range_rate,
    rolling.volume,
    round(rolling.close_price * rolling.volume, 2) as traded_value,
    rolling.market_cap
from rolling
left join {{ ref('dim_security') }} as securities
    on rolling.symbol = securities.symbol
left join {{ ref('dim_date') }} as dates
    on rolling.data_date = dates.full_date
where
    {{ in_window('rolling.data_date') }}
    {% if is_incremental() %}
        or rolling.data_date in (
            select stored.data_date
            from {{ this }} as stored
            where stored.data_date >= {{ window_end() }}
        )
    {% endif %}
