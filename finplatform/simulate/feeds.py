"""Feed files: what reaches the bank from outside its core system.

Belongs here: indicators, demographics, the own-funds statement, payments, settlements and the
development bank's operations as files. Does not: what they say.
"""

import gzip
from pathlib import Path

import polars as pl

from finplatform.simulate.bank import Bank

INDICATORS = "economic_indicators.csv.gz"
OWN_FUNDS = "own_funds.csv"
PAYMENTS = "payments.parquet"
SETTLEMENTS = "settlements.parquet"
COUNTRIES = "country_indicators.csv.gz"
DEMOGRAPHICS = "demographics.csv"
OPERATIONS = "development_operations"


def write_feeds(bank: Bank, folder: Path) -> dict[str, Path]:
    """Write the feed files of a bank; equal banks give equal files.

    Args:
        bank: The bank.
        folder: Where to; made if it is not there.

    Returns:
        Path of each file by its name without endings; operations by their month.
    """
    folder.mkdir(parents=True, exist_ok=True)
    indicators, funds = folder / INDICATORS, folder / OWN_FUNDS
    countries, people = folder / COUNTRIES, folder / DEMOGRAPHICS
    _write_gzip(indicators, bank.economic_indicators())
    funds.write_bytes(_as_csv(bank.own_funds()))
    payments, settlements = folder / PAYMENTS, folder / SETTLEMENTS
    bank.payments().write_parquet(payments)
    bank.settlements().write_parquet(settlements)
    _write_gzip(countries, bank.country_indicators())
    people.write_bytes(_as_csv(bank.demographics()))
    return {
        "economic_indicators": indicators,
        "own_funds": funds,
        "payments": payments,
        "settlements": settlements,
        "country_indicators": countries,
        "demographics": people,
        **_write_months(bank.development_operations(), folder / OPERATIONS),
    }


def _write_months(operations: pl.DataFrame, folder: Path) -> dict[str, Path]:
    """One Parquet file per month in place of those of another bank."""
    folder.mkdir(exist_ok=True)
    for stale in folder.glob("*.parquet"):
        stale.unlink()
    written = {}
    month = pl.col("operation_date").dt.strftime("%Y-%m")
    for (name,), rows in operations.group_by(month, maintain_order=True):
        path = folder / f"{name}.parquet"
        rows.write_parquet(path, statistics=False)
        written[f"{OPERATIONS}/{name}"] = path
    return written


def _write_gzip(path: Path, frame: pl.DataFrame) -> None:
    # Neither name nor time goes into the archive, so that the same content gives the same bytes.
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
        packed.write(_as_csv(frame))


def _as_csv(frame: pl.DataFrame) -> bytes:
    return frame.write_csv().encode()
