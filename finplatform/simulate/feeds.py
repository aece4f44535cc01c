"""Feed files: what reaches the bank from outside its core system.

Belongs here: the economic indicators, the own-funds statement, the sanctions list and the customer
reviews as files. Does not: what they say.
"""

import gzip
from pathlib import Path

import polars as pl

from finplatform.simulate.bank import Bank

INDICATORS = "economic_indicators.csv.gz"
OWN_FUNDS = "own_funds.csv"
SANCTIONS = "sanctions_entities.csv"
REVIEWS = "kyc_records.csv.gz"


def write_feeds(bank: Bank, folder: Path) -> dict[str, Path]:
    """Write the feed files of a bank; equal banks give equal files.

    Args:
        bank: The bank.
        folder: Where to; made if it is not there.

    Returns:
        Path of each file by its name without endings.
    """
    folder.mkdir(parents=True, exist_ok=True)
    indicators, funds = folder / INDICATORS, folder / OWN_FUNDS
    sanctions, reviews = folder / SANCTIONS, folder / REVIEWS
    _write_packed(indicators, bank.economic_indicators())
    funds.write_bytes(_as_csv(bank.own_funds()))
    sanctions.write_bytes(_as_csv(bank.sanctions_entities()))
    _write_packed(reviews, bank.kyc_records())
    return {
        "economic_indicators": indicators,
        "own_funds": funds,
        "sanctions_entities": sanctions,
        "kyc_records": reviews,
    }


def _write_packed(path: Path, frame: pl.DataFrame) -> None:
    # Neither name nor time goes into the archive, so that the same content gives the same bytes.
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
        packed.write(_as_csv(frame))


def _as_csv(frame: pl.DataFrame) -> bytes:
    return frame.write_csv().encode()
