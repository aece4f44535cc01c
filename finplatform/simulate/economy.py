"""The economy around the bank: monthly indicators by country, exchange rates and traded prices.

Exogenous paths, drawn before and independently of customers.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from finplatform.simulate.clock import Calendar, first_of_month, is_business_day
from finplatform.simulate.config import SimulationConfig
from finplatform.simulate.frames import dates, decimals, text
from finplatform.simulate.places import COUNTRIES, CURRENCIES
from finplatform.simulate.rng import Floats, Ints, stream

LEAD_MONTHS = 60
# Long-run level by country: growth, unemployment, inflation, policy rate.
_LEVELS = {
    "US": (2.1, 4.6, 2.4, 3.2),
    "GB": (1.4, 4.5, 2.7, 3.4),
    "DE": (1.1, 4.0, 2.2, 2.4),
    "FR": (1.2, 7.4, 2.0, 2.4),
    "CA": (1.7, 6.0, 2.2, 3.0),
    "MX": (1.9, 3.4, 4.6, 8.2),
    "BR": (2.0, 8.6, 5.1, 10.5),
}
_FX_LEVEL = {"USD": 1.0, "GBP": 1.27, "EUR": 1.09, "CAD": 0.735, "MXN": 0.0565, "BRL": 0.192}
_SYMBOLS = (
    ("FPX500", "INDEX", 4_800.0, 0.0, 1.00),
    ("FPBOND", "FIXED_INCOME", 98.0, 0.0, 0.12),
    ("FPGOLD", "COMMODITY", 2_050.0, 0.0, 0.10),
    ("FPOIL", "COMMODITY", 76.0, 0.0, 0.55),
    ("EURUSD", "FX", 1.09, 0.0, 0.15),
    ("GBPUSD", "FX", 1.27, 0.0, 0.18),
    ("NOVT", "TECHNOLOGY", 182.0, 2.6e9, 1.30),
    ("QBIT", "TECHNOLOGY", 64.0, 1.1e9, 1.55),
    ("HELX", "HEALTHCARE", 141.0, 1.8e9, 0.75),
    ("MEDA", "HEALTHCARE", 88.0, 0.9e9, 0.80),
    ("BNKR", "FINANCIALS", 52.0, 3.1e9, 1.15),
    ("CRED", "FINANCIALS", 37.0, 1.4e9, 1.30),
    ("INSR", "FINANCIALS", 119.0, 0.6e9, 0.90),
    ("PETR", "ENERGY", 71.0, 2.2e9, 0.95),
    ("VOLT", "UTILITIES", 47.0, 1.0e9, 0.50),
    ("STEE", "MATERIALS", 29.0, 0.8e9, 1.10),
    ("RAIL", "INDUSTRIALS", 156.0, 0.7e9, 1.00),
    ("SHOP", "CONSUMER", 93.0, 1.5e9, 1.10),
    ("FARM", "CONSUMER", 61.0, 1.2e9, 0.60),
    ("LAND", "REAL_ESTATE", 24.0, 1.9e9, 0.95),
)
_TRADED_SCALE = 1_000_000


@dataclass(frozen=True, slots=True)
class Economy:
    """Monthly paths over (lead + span) months, all in per cent but the index and rates.

    Attributes:
        month: Calendar months since January 1970.
        growth: Year-on-year GDP growth, (months, countries).
        unemployment: Share of the labour force without work.
        inflation: Year-on-year consumer prices.
        policy_rate: Central bank rate.
        house_prices: Index, 100 in the first month.
        fx: US dollars for one unit of each currency, (months, currencies).
        lead: Months before the span.
    """

    month: Ints
    growth: Floats
    unemployment: Floats
    inflation: Floats
    policy_rate: Floats
    house_prices: Floats
    fx: Floats
    lead: int

    def fx_micro(self, position: int) -> Ints:
        """Exchange rates of one month of the span in hundred-millionths."""
        return np.rint(self.fx[self.lead + position] * 1e8).astype(np.int64)


def simulate_economy(config: SimulationConfig, calendar: Calendar) -> Economy:
    """Draw the economy: a common cycle with one slowdown in the span, plus each country's own."""
    rng = stream(config.seed, "economy")
    months = LEAD_MONTHS + calendar.months
    month = np.arange(calendar.month[0] - LEAD_MONTHS, calendar.month[-1] + 1)
    countries = len(COUNTRIES)
    levels = np.array([_LEVELS[c] for c in COUNTRIES])

    common = _smooth(rng, months, 1, 0.93)[:, 0] * 0.5
    # A slowdown in the middle of the span gives defaults a time pattern that models can learn from.
    slump_at = LEAD_MONTHS + calendar.months * (0.35 + 0.2 * rng.random())
    slump = np.exp(-(((np.arange(months) - slump_at) / 5.5) ** 2))
    cycle = common[:, None] + 0.45 * _smooth(rng, months, countries, 0.93) - 2.0 * slump[:, None]
    lagged = np.vstack([cycle[:3], cycle[:-3]])

    growth = levels[:, 0] + 1.1 * cycle + rng.normal(0, 0.12, cycle.shape)
    unemployment = np.maximum(levels[:, 1] - 0.85 * lagged + rng.normal(0, 0.07, cycle.shape), 1.5)
    inflation = levels[:, 2] + 0.5 * lagged + 0.5 * _smooth(rng, months, countries, 0.95)
    policy = np.maximum(levels[:, 3] + 0.7 * lagged + 0.2 * (inflation - levels[:, 2]), 0.1)
    prices = 100 * np.cumprod(
        1 + (3.2 + 1.8 * cycle + rng.normal(0, 0.6, cycle.shape)) / 1200, axis=0
    )
    walk = np.cumsum(rng.normal(0, 0.012, (months, len(CURRENCIES))), axis=0)
    walk -= 0.3 * (walk - walk[:1]) * np.linspace(0, 1, months)[:, None]
    fx = np.array([_FX_LEVEL[c] for c in CURRENCIES]) * np.exp(walk)
    fx[:, 0] = 1.0
    return Economy(
        month=month,
        growth=np.round(growth, 2),
        unemployment=np.round(unemployment, 2),
        inflation=np.round(inflation, 2),
        policy_rate=np.round(policy * 4) / 4,
        house_prices=np.round(prices, 3),
        fx=np.round(fx, 6),
        lead=LEAD_MONTHS,
    )


def _smooth(rng: np.random.Generator, months: int, width: int, memory: float) -> Floats:
    noise = rng.normal(0, (1 - memory**2) ** 0.5, (months, width))
    path = np.empty_like(noise)
    state = rng.normal(0, 1, width)
    for step in range(months):
        state = memory * state + noise[step]
        path[step] = state
    return path


def indicator_rows(economy: Economy) -> pl.DataFrame:
    """The indicators in long form, one row per country, indicator and month end."""
    month_end = first_of_month(economy.month + 1) - 1
    parts = [
        _long(month_end, values, COUNTRIES, code, unit)
        for code, unit, values in (
            ("GDP_GROWTH", "PERCENT", economy.growth),
            ("UNEMPLOYMENT", "PERCENT", economy.unemployment),
            ("INFLATION", "PERCENT", economy.inflation),
            ("POLICY_RATE", "PERCENT", economy.policy_rate),
            ("HOUSE_PRICE_INDEX", "INDEX", economy.house_prices),
        )
    ]
    issuers = {"GBP": "GB", "EUR": "DE", "CAD": "CA", "MXN": "MX", "BRL": "BR"}
    for column, currency in enumerate(CURRENCIES[1:], start=1):
        path = economy.fx[:, column : column + 1]
        country = issuers[currency]
        parts.append(_long(month_end, path, (country,), f"FX_{currency}_USD", "USD"))
    return pl.concat(parts).sort("indicator_date", "country", "indicator_code")


def _long(
    month_end: Ints, values: Floats, countries: tuple[str, ...], code: str, unit: str
) -> pl.DataFrame:
    months, width = values.shape
    return pl.DataFrame(
        {
            "country": text(countries, np.tile(np.arange(width), months)),
            "indicator_code": [code] * (months * width),
            "indicator_date": dates(np.repeat(month_end, width)),
            "value": decimals(np.rint(values.ravel() * _TRADED_SCALE).astype(np.int64), 18, 6),
            "unit": [unit] * (months * width),
            "source": ["SIMULATED"] * (months * width),
        }
    )


def market_rows(config: SimulationConfig, calendar: Calendar) -> pl.DataFrame:
    """`oltp.market_data`: prices with common shocks, fat tails and volatility that clusters."""
    rng = stream(config.seed, "market")
    days = np.arange(calendar.start, calendar.end + 1)
    days = days[is_business_day(days)]
    count, width = len(days), len(_SYMBOLS)
    beta = np.array([row[4] for row in _SYMBOLS])
    start = np.array([row[2] for row in _SYMBOLS])
    shares = np.array([row[3] for row in _SYMBOLS])
    shock = rng.standard_t(4.5, (count, width + 1)) * (2.5 / 4.5) ** 0.5
    variance = np.ones(width + 1)
    returns = np.empty((count, width))
    own = 0.004 + 0.007 * beta
    for step in range(count):
        factor = 0.009 * np.sqrt(variance[-1]) * shock[step, -1]
        noise = own * np.sqrt(variance[:-1]) * shock[step, :-1]
        returns[step] = 0.00022 * beta + beta * factor + noise
        variance = 0.04 + 0.10 * variance * shock[step] ** 2 + 0.86 * variance
        variance = np.minimum(variance, 25.0)
    close = start * np.exp(np.cumsum(np.clip(returns, -0.25, 0.25), axis=0))
    previous = np.vstack([start, close[:-1]])
    opened = previous * np.exp(rng.normal(0, 0.3, close.shape) * own)
    spread = np.abs(rng.normal(0, 0.8, (2, *close.shape))) * own
    high = np.maximum(opened, close) * (1 + spread[0])
    low = np.minimum(opened, close) * (1 - spread[1])
    volume = np.exp(rng.normal(13.5, 0.45, close.shape) + 18 * np.abs(returns))
    return _market_frame(days, [opened, high, low, close], volume, close * shares)


def _market_frame(days: Ints, prices: list[Floats], volume: Floats, cap: Floats) -> pl.DataFrame:
    count, width = volume.shape
    whole = [np.rint(p.ravel() * _TRADED_SCALE).astype(np.int64) for p in prices]
    symbol = np.tile(np.arange(width), count)
    listed = np.array([row[3] > 0 for row in _SYMBOLS])[symbol]
    opened, high, low, close = (decimals(values, 18, 6) for values in whole)
    return pl.DataFrame(
        {
            "data_id": np.arange(1, count * width + 1),
            "symbol": text([row[0] for row in _SYMBOLS], symbol),
            "data_date": dates(np.repeat(days, width)),
            "open_price": opened,
            "high_price": high,
            "low_price": low,
            "close_price": close,
            "volume": volume.ravel().astype(np.int64),
            "market_cap": pl.select(
                pl.when(pl.Series(listed)).then(
                    decimals(np.rint(cap.ravel() * 100).astype(np.int64), 20, 2)
                )
            ).to_series(),
            "sector": text([row[1] for row in _SYMBOLS], symbol),
        }
    )
