"""Recall of transaction monitoring: on a simulated bank with known cases, and on AMLSim.

AMLSim is IBM's simulator of transfers (github.com/IBM/AMLSim, Apache-2.0); its sample
`20K_fanin200` has 20,000 accounts and labels the 954 that belong to one of 200 fan-ins. Belongs
here: comparing what was found with labels. Does not belong here: monitoring
(`finplatform.compliance.aml`).
"""

import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import polars as pl

from finplatform.compliance.aml.graph import Transfer, fan_in
from finplatform.compliance.aml.rules import Rules, standard_rules
from finplatform.errors import FinplatformError

AMLSIM = "aml_amlsim/20K_fanin200.tgz"
_FOLDER = "20K_fanin200"
_FIRST_DAY = datetime(2020, 1, 1, tzinfo=UTC)
_AMLSIM_FIGURES = {
    "least_parties": Decimal(1),
    "least_usd": Decimal(0),
    "window_days": Decimal(30),
    "times_smaller": Decimal(4),
}
"""Figures of the fan-in rule for that sample: its fan-ins are of payments far smaller than the
payer's others, in amounts of a few dollars, and of many only one payer ever pays."""

LEAST_SHARE = 0.5
"""Share of a case's transactions that an alert of its typology must hold to have found it."""


@dataclass(frozen=True)
class Judged:
    """Named accounts against labelled accounts.

    Attributes:
        who: Scope of the accounts.
        named: Their number.
        labelled: Labelled accounts.
        right: Labelled accounts that were named.
    """

    who: str
    named: int
    labelled: int
    right: int

    @property
    def recall(self) -> float:
        """Share of the labelled accounts that were named."""
        return self.right / self.labelled

    @property
    def precision(self) -> float:
        """Share of the named accounts that are labelled."""
        return self.right / self.named if self.named else 0.0


def found_cases(labels: pl.DataFrame, noted: pl.DataFrame) -> pl.DataFrame:
    """Cases of each typology, and how many of them were found.

    Args:
        labels: `transaction_id`, `case_id` and `typology` of each laundering transaction.
        noted: `alert_id`, `transaction_id` and `typology` of each transaction of an alert.

    Returns:
        A row per typology: `cases`, `found`, `recall`, `transactions`, `transactions_found`.
    """
    held = (
        labels.join(noted, on=["transaction_id", "typology"])
        .group_by("case_id", "typology", "alert_id")
        .len("held")
        .group_by("case_id", "typology")
        .agg(pl.col("held").max())
    )
    return (
        labels.group_by("case_id", "typology")
        .len("size")
        .join(held, on=["case_id", "typology"], how="left")
        .with_columns(pl.col("held").fill_null(0))
        .group_by("typology")
        .agg(
            cases=pl.len(),
            found=(pl.col("held") >= LEAST_SHARE * pl.col("size")).sum(),
            transactions=pl.col("size").sum(),
            transactions_found=pl.col("held").sum(),
        )
        .with_columns(recall=pl.col("found") / pl.col("cases"))
        .sort("typology")
    )


def judge_amlsim(data: Path) -> list[Judged]:
    """Accounts that the fan-in rule names in the sample, at two widths.

    Args:
        data: Folder that holds `aml_amlsim`.

    Returns:
        First the accounts of patterns: who collects, and who pays small sums into it. Then also
        everybody else who ever paid one who collects: of the labelled accounts 295 take part in no
        laundering transaction, and nothing but such a payment ties them to a pattern.

    Raises:
        FinplatformError: If the sample is not there.
    """
    transfers, labelled = _amlsim(data)
    patterns = list(fan_in(transfers, _amlsim_rules()))
    collectors = {pattern.subject for pattern in patterns}
    parties = {p for pattern in patterns for t in pattern.transfers for p in (t.source, t.target)}
    payers = {transfer.source for transfer in transfers if transfer.target in collectors}
    return [
        _judged("accounts of patterns", parties, labelled),
        _judged("with all who paid a collector", parties | payers, labelled),
    ]


def _judged(who: str, named: set[str], labelled: set[str]) -> Judged:
    return Judged(who, len(named), len(labelled), len(named & labelled))


def _amlsim_rules() -> Rules:
    values = standard_rules().as_of(_FIRST_DAY.date()).values
    return Rules({**values, "FAN_IN": _AMLSIM_FIGURES})


def _amlsim(data: Path) -> tuple[Sequence[Transfer], set[str]]:
    """Transfers of the sample, and the accounts that it labels."""
    archive = data / AMLSIM
    if not archive.exists():
        raise FinplatformError(
            f"There is no {archive}.", "Give --data the folder that holds aml_amlsim."
        )
    with tarfile.open(archive) as files:
        nodes, moved = (
            pl.read_csv(BytesIO(_member(files, f"{_FOLDER}/{name}.csv")))
            for name in ("nodes", "transactions")
        )
    labelled = {str(node) for node in nodes.filter(pl.col("isFraud") == 1)["nodeid"]}
    columns = moved.select("sourceNodeId", "targetNodeId", "value", "time").iter_rows()
    transfers = []
    for number, (source, target, value, day) in enumerate(columns):
        at = _FIRST_DAY + timedelta(days=day)
        transfers.append(Transfer(str(source), str(target), at, at.date(), value, (str(number),)))
    return transfers, labelled


def _member(files: tarfile.TarFile, name: str) -> bytes:
    found = files.extractfile(name)
    if found is None:
        raise FinplatformError(f"The archive of AMLSim has no {name}.")
    return found.read()
