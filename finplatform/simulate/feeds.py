"""Feed files: what reaches the bank from outside its core system.

Belongs here: the economic indicators, the own-funds statement, and what the systems for marketing,
service and lending write, as files. Does not: what they say.
"""

import gzip
from pathlib import Path

import polars as pl

from finplatform.simulate.bank import Bank

INDICATORS = "economic_indicators.csv.gz"
OWN_FUNDS = "own_funds.csv"
CAMPAIGNS = "marketing_campaigns.csv"


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
    # Neither name nor time goes into the archive, so that the same content gives the same bytes.
    with indicators.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
        packed.write(_as_csv(bank.economic_indicators()))
    funds.write_bytes(_as_csv(bank.own_funds()))
    return {
        "economic_indicators": indicators,
        "own_funds": funds,
        **_write_relations(bank, folder),
    }


def _write_relations(bank: Bank, folder: Path) -> dict[str, Path]:
    """What is known of customers outside the core system: the short list as text, logs typed."""
    campaigns = folder / CAMPAIGNS
    campaigns.write_bytes(_as_csv(bank.marketing_campaigns()))
    logs = {
        "campaign_responses": bank.campaign_responses(),
        "customer_interactions": bank.customer_interactions(),
        "credit_applications": bank.credit_applications(),
    }
    paths = {name: folder / f"{name}.parquet" for name in logs}
    for name, frame in logs.items():
        frame.write_parquet(paths[name], compression="zstd")
    return {"marketing_campaigns": campaigns, **paths}


def _as_csv(frame: pl.DataFrame) -> bytes:
    return frame.write_csv().encode()
