with prices as (
    select
        symbol,
        data_date,
        return_rate,
        adjusted_close,
        lag(data_date) over (partition by symbol order by data_date) as previous_date,
        lag(adjusted_close) over (partition by symbol order by data_date) as previous_close
    from {{ ref('fact_market_prices') }}
    where {{ in_window_if_given('data_date') }}
)

select
    symbol,
    data_date,
    return_rate
from prices
where
    previous_date is not null
    and (
        (data_date - previous_date > 30) <> (return_rate is null)
        -- Adjusted prices have six decimals; the rounding error matters for small prices.
        or abs(return_rate - (adjusted_close / previous_close - 1)) > 0.0001
    )
