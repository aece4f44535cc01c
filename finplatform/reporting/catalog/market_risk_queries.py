"""Queries of the page of market risk.

Belongs here: the SQL alone. Does not belong here: charts and their sentences (`market_risk`).
"""

from finplatform.reporting.catalog.reporting_dates import latest, recent

BOOK = """
    select
        reporting_date,
        max(value_at_risk) filter (where method = 'historical') as historical,
        max(value_at_risk) filter (where method = 'filtered') as filtered,
        max(expected_shortfall) filter (where method = 'historical') as historical_shortfall,
        max(expected_shortfall) filter (where method = 'filtered') as filtered_shortfall
    from gold.market_risk
    where portfolio = 'TRADING_BOOK' and value_at_risk is not null and reporting_date <= %(as_of)s
    group by reporting_date
    order by reporting_date
"""


BACKTEST = f"""
    with {recent("market_risk")}

    select
        risk.reporting_date,
        max(risk.exceptions) filter (where risk.method = 'historical') as historical,
        max(risk.exceptions) filter (where risk.method = 'filtered') as filtered,
        max(risk.zone) filter (where risk.method = 'historical') as historical_zone,
        max(risk.zone) filter (where risk.method = 'filtered') as filtered_zone
    from gold.market_risk as risk
    inner join recent on risk.reporting_date = recent.reporting_date
    where risk.portfolio = 'TRADING_BOOK' and risk.exceptions is not null
    group by risk.reporting_date
    order by risk.reporting_date
"""


LAST = f"""
    {latest("market_risk")},

    figures_of_date as (
        select
            risk.portfolio, risk.method, risk.value_at_risk_rate, risk.expected_shortfall_rate,
            risk.exceptions, risk.zone, risk.multiplier, risk.kupiec_p_value, risk.days
        from gold.market_risk as risk
        inner join latest on risk.reporting_date = latest.reporting_date
    )
"""


SECURITIES = f"""
    with {LAST}

    select
        portfolio,
        max(value_at_risk_rate) filter (where method = 'historical') as historical,
        max(value_at_risk_rate) filter (where method = 'filtered') as filtered,
        max(expected_shortfall_rate) filter (where method = 'historical') as shortfall
    from figures_of_date
    group by portfolio
    order by portfolio <> 'TRADING_BOOK', historical desc nulls last, portfolio
    limit 15
"""


EXCEPTIONS = f"""
    with {LAST}

    select
        portfolio, exceptions, zone,
        count(*) over () as portfolios,
        count(*) filter (where zone <> 'green') over () as outside
    from figures_of_date
    where method = 'historical' and exceptions is not null
    order by portfolio <> 'TRADING_BOOK', exceptions desc, portfolio
    limit 15
"""


PRICES = """
    with traded as (
        select symbol, max(data_date) as last_date, count(*) as days
        from gold.fact_market_prices
        where data_date <= %(as_of)s
        group by symbol
        order by last_date desc, days desc, symbol
        limit 5
    ),

    weeks as (
        select distinct on (prices.symbol, date_trunc('week', prices.data_date))
            prices.symbol, prices.data_date, prices.adjusted_close
        from gold.fact_market_prices as prices
        inner join traded on prices.symbol = traded.symbol
        where prices.data_date <= %(as_of)s and prices.adjusted_close > 0
        order by prices.symbol, date_trunc('week', prices.data_date), prices.data_date desc
    )

    select
        weeks.symbol,
        coalesce(securities.security_name, weeks.symbol) as security_name,
        weeks.data_date,
        100 * weeks.adjusted_close
        / first_value(weeks.adjusted_close) over (partition by weeks.symbol order by weeks.data_date)
            as price_index
    from weeks
    left join gold.dim_security as securities on weeks.symbol = securities.symbol
    order by weeks.symbol, weeks.data_date
"""


VOLATILITY = """
    with months as (
        select distinct on (prices.symbol, date_trunc('month', prices.data_date))
            prices.symbol,
            (date_trunc('month', prices.data_date) + interval '1 month' - interval '1 day')::date
                as month_end,
            prices.volatility_rate
        from gold.fact_market_prices as prices
        where prices.volatility_rate is not null and prices.data_date <= %(as_of)s
        order by prices.symbol, date_trunc('month', prices.data_date), prices.data_date desc
    ),

    recent as (
        select distinct month_end
        from months
        order by month_end desc
        limit 13
    ),

    restless as (
        select months.symbol, avg(months.volatility_rate) as volatility_rate
        from months
        inner join recent on months.month_end = recent.month_end
        group by months.symbol
        order by volatility_rate desc, months.symbol
        limit 12
    )

    select months.symbol, months.month_end, months.volatility_rate
    from months
    inner join recent on months.month_end = recent.month_end
    inner join restless on months.symbol = restless.symbol
    order by restless.volatility_rate desc, months.symbol, months.month_end
"""


CAPITAL = f"""
    with {latest("market_risk_capital")}

    select
        risk_class, position_amount, capital_requirement, risk_weighted_assets,
        capital_requirement / nullif(position_amount, 0) as requirement_rate
    from gold.market_risk_capital
    inner join latest using (reporting_date)
    order by capital_requirement desc, risk_class
"""


TESTS = f"""
    with {LAST}

    select
        case portfolio when 'TRADING_BOOK' then 'trading book' else portfolio end as "portfolio",
        method as "method",
        zone as "zone",
        value_at_risk_rate as "VaR rate",
        expected_shortfall_rate as "ES rate",
        days::integer as "days",
        exceptions::integer as "exceptions",
        multiplier as "multiplier",
        kupiec_p_value as "Kupiec p"
    from figures_of_date
    order by portfolio <> 'TRADING_BOOK', portfolio, method
"""
