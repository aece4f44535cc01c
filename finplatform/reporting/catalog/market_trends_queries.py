"""Queries of the page of market trends.

Prices and returns are those of `gold.fact_market_prices` with splits and dividends taken into
account, own and competing offers of `gold.competitive_position`, the home country's
economy of `gold.economic_months`.
"""

_MONTHS = """
    with last_day as (
        select max(data_date) as day
        from gold.fact_market_prices
        where data_date <= %(as_of)s
    ),

    prices as (
        select
            facts.security_key,
            facts.symbol,
            facts.data_date,
            facts.adjusted_close,
            facts.volatility_rate,
            (date_trunc('month', facts.data_date) + interval '1 month - 1 day')::date as month_end
        from last_day
        inner join gold.fact_market_prices as facts
            on
                facts.data_date > last_day.day - {days}
                and facts.data_date <= last_day.day
    ),

    months as (
        select distinct on (prices.symbol, prices.month_end)
            prices.symbol,
            securities.security_name,
            securities.asset_class,
            securities.sector,
            prices.month_end,
            prices.data_date,
            prices.adjusted_close,
            prices.volatility_rate
        from prices
        inner join gold.dim_security as securities
            on prices.security_key = securities.security_key
        order by prices.symbol, prices.month_end, prices.data_date desc
    )
"""
"""The last price of every security and month."""

_TWO_YEARS = _MONTHS.format(days=731)
_YEAR = _MONTHS.format(days=366)

PRICES = f"""
    {_TWO_YEARS},

    indexed as (
        select
            asset_class,
            month_end,
            adjusted_close
            / nullif(
                first_value(adjusted_close) over (partition by symbol order by month_end), 0
            ) as growth,
            min(month_end) over (partition by symbol) as first_month,
            min(month_end) over () as first_month_of_all
        from months
    )

    select
        asset_class,
        month_end,
        (100 * avg(growth))::double precision as price_index,
        count(*) as security_count
    from indexed
    where first_month = first_month_of_all and growth is not null
    group by asset_class, month_end
    order by asset_class, month_end
"""

_RETURNS = f"""
    {_YEAR},

    ends as (
        select
            symbol,
            security_name,
            asset_class,
            sector,
            month_end,
            adjusted_close,
            volatility_rate,
            first_value(adjusted_close) over (partition by symbol order by month_end)
                as first_close,
            row_number() over (partition by symbol order by month_end desc) as place
        from months
    ),

    returns as (
        select
            symbol,
            security_name,
            asset_class,
            sector,
            adjusted_close,
            volatility_rate,
            (adjusted_close / nullif(first_close, 0) - 1)::double precision as return_rate
        from ends
        where place = 1
    )
"""

RETURNS = f"""
    {_RETURNS},

    extremes as (
        select
            security_name,
            asset_class,
            return_rate,
            row_number() over (order by abs(return_rate) desc, security_name) as place
        from returns
        where return_rate is not null
    )

    select
        security_name,
        asset_class,
        return_rate
    from extremes
    where place <= 15
    order by return_rate desc, security_name
"""

RISK_RETURN = f"""
    {_RETURNS}

    select
        symbol,
        security_name,
        asset_class,
        volatility_rate,
        return_rate
    from returns
    where volatility_rate is not null and return_rate is not null
    order by asset_class, symbol
    limit 200
"""

SECTORS = f"""
    {_MONTHS.format(days=396)},

    moved as (
        select
            sector,
            month_end,
            adjusted_close
            / nullif(lag(adjusted_close) over (partition by symbol order by month_end), 0)
            - 1 as return_rate
        from months
    )

    select
        sector,
        to_char(month_end, 'YYYY-MM') as month,
        avg(return_rate)::double precision as return_rate
    from moved
    where return_rate is not null
    group by sector, month_end
    order by month_end, sector
"""

VOLATILITY = f"""
    {_TWO_YEARS}

    select
        asset_class,
        month_end,
        avg(volatility_rate::numeric)::double precision as volatility_rate
    from months
    where volatility_rate is not null
    group by asset_class, month_end
    order by asset_class, month_end
"""

ECONOMY = """
    select
        month_end,
        policy_rate_pct,
        inflation_pct,
        unemployment_pct,
        gdp_growth_pct
    from gold.economic_months
    where
        country = 'ALL'
        and month_end <= %(as_of)s
        and num_nonnulls(policy_rate_pct, inflation_pct, unemployment_pct, gdp_growth_pct) > 0
    order by month_end
"""

_LAST_OFFERS = """
    with last_offers as (
        select max(offer_date) as offer_date
        from gold.competitive_position
        where offer_date <= %(as_of)s
    )
"""

POSITION = f"""
    {_LAST_OFFERS}

    select
        facts.product_type,
        facts.own_rate,
        facts.competitor_median_rate,
        facts.competitor_best_rate,
        facts.best_competitor,
        facts.rate_advantage,
        facts.own_rate_rank,
        facts.offers_compared
    from last_offers
    inner join gold.competitive_position as facts on last_offers.offer_date = facts.offer_date
    order by facts.product_category, facts.product_type
"""

FEES = f"""
    {_LAST_OFFERS}

    select
        facts.product_type,
        facts.own_monthly_fee,
        facts.competitor_median_fee,
        facts.fee_gap,
        facts.own_fee_rank,
        facts.offers_compared
    from last_offers
    inner join gold.competitive_position as facts on last_offers.offer_date = facts.offer_date
    order by facts.product_category, facts.product_type
"""

ADVANTAGE = """
    select
        product_type,
        offer_date,
        rate_advantage,
        market_position
    from gold.competitive_position
    where offer_date <= %(as_of)s
    order by product_type, offer_date
"""
