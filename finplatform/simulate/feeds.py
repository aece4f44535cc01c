"""Feed files: tables delivered from outside the core system, their file names, and writing them."""

import gzip
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import polars as pl

from finplatform.simulate.bank import Bank

FEEDS: Mapping[str, str] = MappingProxyType(
    {
        "economic_indicators": "economic_indicators.csv.gz",
        "own_funds": "own_funds.csv",
        "payments": "payments.parquet",
        "settlements": "settlements.parquet",
        "marketing_campaigns": "marketing_campaigns.csv",
        "campaign_responses": "campaign_responses.parquet",
        "customer_interactions": "customer_interactions.parquet",
        "credit_applications": "credit_applications.parquet",
        "sanctions_entities": "sanctions_entities.csv",
        "kyc_records": "kyc_records.csv.gz",
        "ownership_links": "ownership_links.csv",
        "fraud_alerts": "fraud_alerts.csv.gz",
        "ledger_balances": "ledger_balances.csv.gz",
        "operational_losses": "operational_losses.csv.gz",
        "subsidiary_capital": "subsidiary_capital.csv",
        "standardised_exposures": "standardised_exposures.csv.gz",
        "credit_protection": "credit_protection.csv.gz",
        "country_indicators": "country_indicators.csv.gz",
        "demographics": "demographics.csv",
        "competitor_offers": "competitor_offers.csv",
        "development_operations": "development_operations",
    }
)
"""File by table, or a folder with a file a year; each table is a method of `Bank`."""


def feed(bank: Bank, table: str) -> pl.DataFrame:
    """Rows of one of `FEEDS`."""
    frame: pl.DataFrame = getattr(bank, table)()
    return frame


def write_feeds(bank: Bank, folder: Path) -> dict[str, Path]:
    """Write the feed files of a bank; equal banks give equal files.

    Args:
        bank: The bank.
        folder: Target folder; created if missing.

    Returns:
        Path of each file or folder by its table.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = {table: folder / name for table, name in FEEDS.items()}
    for table, path in paths.items():
        _write(feed(bank, table), path)
    return paths


def _write(frame: pl.DataFrame, path: Path) -> None:
    if not path.suffix:
        _write_years(frame, path)
        return
    if path.suffix == ".parquet":
        frame.write_parquet(path, compression="zstd")
        return
    content = frame.write_csv(datetime_format="%Y-%m-%dT%H:%M:%SZ").encode()
    if path.suffix == ".gz":
        # Neither name nor time goes into the archive: the same content gives the same bytes.
        with path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
            packed.write(content)
    else:
        path.write_bytes(content)


def _write_years(operations: pl.DataFrame, folder: Path) -> None:
    """One Parquet file per year, in place of those of another bank."""
    folder.mkdir(exist_ok=True)
    for stale in folder.glob("*.parquet"):
        stale.unlink()
    year = pl.col("operation_date").dt.strftime("%Y")
    for (name,), rows in operations.group_by(year, maintain_order=True):
        rows.write_parquet(folder / f"{name}.parquet", statistics=False)
