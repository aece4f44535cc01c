"""The countries of the development bank: their economies month by month and their people by year.

Belongs here: paths of ten Latin American countries, and what of them was published and when. Does
not: the operations that the bank has there (see `development`).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

from finplatform.simulate.clock import first_of_month
from finplatform.simulate.config import SimulationConfig
from finplatform.simulate.economy import Economy
from finplatform.simulate.frames import dates, text
from finplatform.simulate.places import CURRENCIES
from finplatform.simulate.rng import Bools, Floats, Ints, stream

PUBLISHER = "SIMULATED"


class Profile(NamedTuple):
    """A country's levels: per cent a year, GDP in billions of dollars, people in millions."""

    country: str
    currency: str
    growth: float
    inflation: float
    unemployment: float
    policy_rate: float
    gdp: float
    people: float
    people_growth: float
    urban: float
    literacy: float
    life: float
    median_age: float
    per_usd: float
    depreciation: float


PROFILES = (
    Profile("AR", "ARS", 1.2, 48.0, 7.4, 45.0, 450, 44.6, 0.9, 91.9, 99.0, 76.6, 31.9, 40.0, 42.0),
    Profile("BO", "BOB", 2.9, 2.4, 4.3, 4.0, 40, 11.6, 1.4, 69.8, 92.5, 68.0, 24.3, 6.91, 0.0),
    Profile("BR", "BRL", 1.8, 5.0, 10.2, 9.0, 1_880, 209.0, 0.6, 86.8, 93.2, 75.3, 33.2, 4.0, 4.0),
    Profile("CL", "CLP", 2.2, 4.4, 8.1, 4.8, 295, 19.0, 0.9, 87.6, 96.4, 80.1, 35.4, 690.0, 4.5),
    Profile("CO", "COP", 2.8, 5.2, 10.6, 6.2, 325, 49.7, 1.0, 81.1, 95.4, 76.6, 31.2, 3_180.0, 4.5),
    Profile("EC", "USD", 1.6, 1.6, 4.4, 7.0, 107, 17.0, 1.3, 64.0, 93.6, 76.6, 28.8, 1.0, 0.0),
    Profile("MX", "MXN", 1.7, 4.8, 3.4, 7.8, 1_240, 125.0, 0.8, 80.4, 95.2, 75.0, 29.3, 19.0, 0.0),
    Profile("PE", "PEN", 3.0, 3.4, 6.9, 3.9, 225, 32.2, 1.1, 78.1, 94.5, 76.2, 29.1, 3.3, 1.8),
    Profile("PY", "PYG", 3.2, 4.0, 6.6, 4.6, 38, 6.5, 1.2, 61.9, 94.5, 73.7, 26.1, 5_900.0, 3.2),
    Profile("UY", "UYU", 1.5, 7.8, 8.6, 8.6, 64, 3.43, 0.1, 95.4, 98.8, 77.5, 35.5, 32.0, 4.6),
)
COUNTRIES = tuple(row.country for row in PROFILES)

# Unpublished months: country, indicator, first and last month of the gap.
_GAPS = (("AR", "INFLATION", 6, 17), ("BO", "UNEMPLOYMENT", 20, 31), ("PY", "POLICY_RATE", 0, 11))


@dataclass(frozen=True, slots=True)
class Countries:
    """Paths over (months, countries), in the order of `PROFILES`.

    Attributes:
        month: Calendar months since January 1970.
        growth: Year-on-year growth of GDP, per cent.
        inflation: Year-on-year change of consumer prices, per cent.
        unemployment: Per cent of the labour force without work.
        policy_rate: Central bank rate, per cent.
        per_usd: Units of local currency for one US dollar.
    """

    month: Ints
    growth: Floats
    inflation: Floats
    unemployment: Floats
    policy_rate: Floats
    per_usd: Floats


def simulate_countries(config: SimulationConfig, economy: Economy) -> Countries:
    """Draw the ten economies around the cycle of the bank's own world."""
    rng = stream(config.seed, "countries")
    shape = (len(economy.month), len(PROFILES))
    level = {
        name: np.array([getattr(row, name) for row in PROFILES]) for name in Profile._fields[2:]
    }
    cycle = (economy.growth.mean(axis=1) - economy.growth.mean())[:, None]
    own = np.cumsum(rng.normal(0, 0.16, shape), axis=0)
    own -= np.linspace(0, 1, shape[0])[:, None] * own[-1]
    swing = 0.8 * cycle + own
    years = np.arange(shape[0])[:, None] / 12
    walk = np.cumsum(rng.normal(0, 0.011, shape), axis=0) * (level["depreciation"] > 0)
    per_usd = level["per_usd"] * np.exp(np.log1p(level["depreciation"] / 100) * years + walk)
    for column, profile in enumerate(PROFILES):
        # Currencies that the bank itself deals in have one rate in the whole world.
        if profile.currency in CURRENCIES and profile.currency != "USD":
            per_usd[:, column] = 1 / economy.fx[:, CURRENCIES.index(profile.currency)]
    noise = rng.normal(0, 0.1, (3, *shape))
    return Countries(
        month=economy.month,
        growth=np.round(level["growth"] + swing + noise[0], 2),
        inflation=np.round(level["inflation"] * np.exp(0.06 * swing + noise[1]), 2),
        unemployment=np.round(np.maximum(level["unemployment"] - 0.6 * swing + noise[2], 1.0), 2),
        policy_rate=np.round(level["policy_rate"] * np.exp(0.05 * swing) * 4) / 4,
        per_usd=np.round(per_usd, 6),
    )


def country_rows(config: SimulationConfig, countries: Countries) -> pl.DataFrame:
    """Published indicators in long form; an unpublished month has no row."""
    month = countries.month
    monthly = (
        ("INFLATION", "PERCENT", countries.inflation, 15),
        ("UNEMPLOYMENT", "PERCENT", countries.unemployment, 45),
        ("POLICY_RATE", "PERCENT", countries.policy_rate, 0),
        ("EXCHANGE_RATE", "LCU_PER_USD", countries.per_usd, 0),
    )
    parts = [
        _long(first_of_month(month + 1) - 1, values, code, unit, 1, lag, _published(code, values))
        for code, unit, values, lag in monthly
    ]
    years, growth = _by_year(month, countries.growth)
    gdp = np.array([row.gdp for row in PROFILES]) * 1e9 * np.cumprod(1 + growth / 100, axis=0)
    exports = 22 + 6 * np.sin(np.arange(len(PROFILES))) + 0.4 * growth
    year_end = first_of_month((years - 1969) * 12) - 1
    yearly = (
        ("GDP_USD", "USD", np.rint(gdp / 1e6) * 1e6),
        ("GDP_GROWTH", "PERCENT", np.round(growth, 2)),
        ("EXPORTS_PCT_GDP", "PERCENT", np.round(exports, 2)),
    )
    for code, unit, values in yearly:
        everything = np.ones(values.shape, dtype=bool)
        parts.append(_long(year_end, values, code, unit, 12, 90, everything))
    # What is dated after the span has not happened yet.
    return (
        pl.concat(parts)
        .filter(pl.col("published_date") <= config.end)
        .sort("indicator_date", "country", "indicator_code")
    )


def demographic_rows(config: SimulationConfig, countries: Countries) -> pl.DataFrame:
    """People by country and calendar year that is over, drifting slowly."""
    first = 1970 + int(countries.month[0]) // 12
    years = np.arange(first, config.end.year + (config.end.month == 12))
    year = np.repeat(np.arange(len(years)), len(PROFILES))
    which = np.tile(np.arange(len(PROFILES)), len(years))
    level = {
        name: np.array([getattr(row, name) for row in PROFILES])[which]
        for name in Profile._fields[2:]
    }
    people = level["people"] * 1e6 * (1 + level["people_growth"] / 100) ** year
    return pl.DataFrame(
        {
            "country": text(COUNTRIES, which),
            "year": years[year].astype(np.int16),
            "population": np.rint(people).astype(np.int64),
            "urban_share_pct": np.round(np.minimum(level["urban"] + 0.18 * year, 99), 1),
            "literacy_pct": np.round(np.minimum(level["literacy"] + 0.12 * year, 99.9), 1),
            "life_expectancy_years": np.round(level["life"] + 0.15 * year, 1),
            "median_age_years": np.round(level["median_age"] + 0.25 * year, 1),
            "source": [PUBLISHER] * len(year),
        }
    )


def _published(code: str, values: Floats) -> Bools:
    """Whether a value was published, by month and country."""
    published = np.ones(values.shape, dtype=bool)
    for country, indicator, first, last in _GAPS:
        if indicator == code:
            published[first : last + 1, COUNTRIES.index(country)] = False
    return published


def _by_year(month: Ints, values: Floats) -> tuple[Ints, Floats]:
    """Means of calendar years."""
    years, position = np.unique(1970 + month // 12, return_inverse=True)
    sums = np.zeros((len(years), values.shape[1]))
    np.add.at(sums, position, values)
    return years, sums / np.bincount(position)[:, None]


def _long(
    period_end: Ints,
    values: Floats,
    code: str,
    unit: str,
    months: int,
    lag: int,
    published: Bools,
) -> pl.DataFrame:
    count, width = values.shape
    end = np.repeat(period_end, width)
    frame = pl.DataFrame(
        {
            "country": text(COUNTRIES, np.tile(np.arange(width), count)),
            "indicator_code": [code] * (count * width),
            "indicator_date": dates(end),
            "period_months": np.full(count * width, months, dtype=np.int16),
            "value": values.ravel(),
            "unit": [unit] * (count * width),
            "published_date": dates(end + lag),
            "source": [PUBLISHER] * (count * width),
        }
    )
    return frame.filter(pl.Series(published.ravel()))
