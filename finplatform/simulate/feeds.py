"""Feed files: what reaches the bank from outside its core system.

Belongs here: the frames of other systems as files. Does not: what they say.
"""

import gzip
from pathlib import Path

import polars as pl

from finplatform.simulate.bank import Bank

INDICATORS = "economic_indicators.csv.gz"
OWN_FUNDS = "own_funds.csv"
PAYMENTS = "payments.parquet"
SETTLEMENTS = "settlements.parquet"
FRAUD_ALERTS = "fraud_alerts.csv.gz"
LEDGER_BALANCES = "ledger_balances.csv.gz"
OPERATIONAL_LOSSES = "operational_losses.csv.gz"


def write_feeds(bank: Bank, folder: Path) -> dict[str, Path]:
    """Write the feed files of a bank; equal banks give equal files.

    Args:
        bank: The bank.
        folder: Where to; made if it is not there.

    Returns:
        Path of each file by its name without endings.
    """
    folder.mkdir(parents=True, exist_ok=True)
    frames = {
        INDICATORS: bank.economic_indicators(),
        OWN_FUNDS: bank.own_funds(),
        FRAUD_ALERTS: bank.fraud_alerts(),
        LEDGER_BALANCES: bank.ledger_balances(),
        PAYMENTS: bank.payments(),
        SETTLEMENTS: bank.settlements(),
        OPERATIONAL_LOSSES: bank.operational_losses(),
    }
    for name, frame in frames.items():
        _write(frame, folder / name)
    return {name.partition(".")[0]: folder / name for name in frames}


def _write(frame: pl.DataFrame, path: Path) -> None:
    if path.suffix == ".parquet":
        frame.write_parquet(path)
        return
    content = frame.write_csv(datetime_format="%Y-%m-%dT%H:%M:%SZ").encode()
    if path.suffix != ".gz":
        path.write_bytes(content)
        return
    # Neither name nor time goes into the archive, so that the same content gives the same bytes.
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
        packed.write(content)
