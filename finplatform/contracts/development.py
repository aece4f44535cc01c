"""Contracts of the development bank: operations, country statistics and price adjustments.

Statistics are revised backwards and operations are older than the partitions, so every load reads
these tables in full. Prices are in `events`.
"""

from datetime import date
from typing import Annotated

import pandera.polars as pa
import polars as pl

from finplatform.contracts.codes import ISO_4217_CURRENCIES
from finplatform.contracts.columns import Money, column
from finplatform.contracts.entities import KEY

OPERATION_TYPES = ("LOAN", "DISBURSEMENT", "REPAYMENT", "GRANT", "GUARANTEE")
OPERATION_STATUSES = ("SUCCESS", "FAILED", "PENDING")
SECTORS = (
    "AGRICULTURE",
    "EDUCATION",
    "ENERGY",
    "FINANCE",
    "HEALTH",
    "INFRASTRUCTURE",
    "TECHNOLOGY",
    "WATER",
)

Factor = Annotated[pl.Decimal, 18, 10]
"""A number that a price is multiplied by."""

_COUNTRY = r"^[A-Z]{2}$"


class DevelopmentOperations(pa.DataFrameModel):
    """One row per operation of the development bank with a country."""

    operation_id: str = column("Operation.", **KEY)
    operation_date: date = column("Day of the operation.")
    settled_date: date = column("Day of completion, if completed.", nullable=True)
    country: str = column("ISO 3166-1 alpha-2 country.", str_matches=_COUNTRY)
    operation_type: str = column("Type of the operation.", isin=OPERATION_TYPES)
    sector: str = column("Sector of the project.", isin=SECTORS)
    project_id: str = column("Project of the operation.", **KEY)
    status: str = column("Execution status.", isin=OPERATION_STATUSES)
    amount: Money = column("Amount in `currency`.", gt=0, le=1_000_000_000_000_000)
    currency: str = column("Currency of the amount.", isin=ISO_4217_CURRENCIES)
    amount_usd: Money = column(
        "Amount in US dollars; null if the source gives none.", gt=0, nullable=True
    )


class Demographics(pa.DataFrameModel):
    """One row per country and year."""

    country: str = column("ISO 3166-1 alpha-2 country.", str_matches=_COUNTRY)
    year: pl.Int16 = column("Calendar year.", ge=1800, le=2100)
    population: int = column("Population at mid-year.", gt=0, nullable=True)
    urban_share_pct: float = column("Urban population, per cent.", ge=0, le=100, nullable=True)
    literacy_pct: float = column("Adult literacy, per cent.", ge=0, le=100, nullable=True)
    life_expectancy_years: float = column(
        "Life expectancy at birth in years.", gt=0, lt=120, nullable=True
    )
    median_age_years: float = column("Median age in years.", gt=0, lt=120, nullable=True)
    source: str = column("Publisher.")


class CountryIndicators(pa.DataFrameModel):
    """One row per country, indicator and date."""

    country: str = column("ISO 3166-1 alpha-2 country.", str_matches=_COUNTRY)
    indicator_code: str = column("Indicator.", **KEY)
    indicator_date: date = column("Last day of the reference period.")
    period_months: pl.Int16 = column(
        "Length of the reference period in months: 1, 3 or 12.", isin=(1, 3, 12)
    )
    value: float = column("Value in `unit`.")
    unit: str = column("Unit of the value.")
    published_date: date = column(
        "Day of publication; null if the source gives none.", nullable=True
    )
    source: str = column("Publisher.")


class PriceAdjustments(pa.DataFrameModel):
    """One row per symbol and last day on which its factors hold."""

    symbol: str = column("Traded symbol.", str_matches=r"^[A-Z0-9.^=-]{1,16}$")
    last_date: date = column("Last trading day of the factors.")
    price_factor: Factor = column("Factor for dividends paid after that day.", gt=0)
    split_factor: Factor = column("Factor for splits made after that day.", gt=0)
