"""Leading columns shared by the contracts of reports.

A report with the currency in another position declares it with `currency_column`.
"""

from datetime import date
from typing import Any

import pandera.polars as pa
import polars as pl

from finplatform.contracts.codes import ISO_4217_CURRENCIES
from finplatform.contracts.columns import column

DATE_KEY = "Reporting date as YYYYMMDD, in `dim_date`."
RULES = "Ids of the rules of the figures."


def currency_column() -> Any:
    """Currency of a report's amounts."""
    return column("Currency of the amounts.", isin=ISO_4217_CURRENCIES)


class DatedReport(pa.DataFrameModel):
    """Rows of a month-end."""

    reporting_date: date = column("Month-end of the figures.")
    date_key: pl.Int32 = column(DATE_KEY)


class MoneyReport(DatedReport):
    """Rows of a month-end whose amounts are in one currency."""

    currency: str = currency_column()


class ScoresReport(pa.DataFrameModel):
    """Rows about the scores of a month-end."""

    reporting_date: date = column("Month-end of the scores.")
    date_key: pl.Int32 = column(DATE_KEY)
