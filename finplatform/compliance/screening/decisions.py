"""What was decided of hits: exceptions for false positives, and matches that are true.

A decision holds as long as neither the subject nor the listed party changes; afterwards the hit is
open again, with the reason. Belongs here: the state of a hit by its decisions. Does not belong
here: storing them (see `finplatform.warehouse.screening_decisions`).
"""

from enum import StrEnum

import polars as pl


class Decision(StrEnum):
    """Decision on a hit.

    Attributes:
        FALSE_POSITIVE: The subject is not the listed party: an exception from now on.
        TRUE_MATCH: The subject is the listed party.
        REOPENED: An earlier decision does not hold any more.
    """

    FALSE_POSITIVE = "FALSE_POSITIVE"
    TRUE_MATCH = "TRUE_MATCH"
    REOPENED = "REOPENED"


class OpenBecause(StrEnum):
    """Why a hit is open.

    Attributes:
        NEW: Nothing was decided.
        REOPENED: It was opened again.
        SUBJECT_CHANGED: What the decision was about has changed on the bank's side.
        PARTY_CHANGED: The entry of the list has changed.
    """

    NEW = "NEW"
    REOPENED = "REOPENED"
    SUBJECT_CHANGED = "SUBJECT_CHANGED"
    PARTY_CHANGED = "PARTY_CHANGED"


OPEN = "OPEN"
STATUSES = (OPEN, Decision.FALSE_POSITIVE.value, Decision.TRUE_MATCH.value)


def with_status(hits: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """Hits with `status`, `open_because`, `decided_by` and `decided_at`.

    Args:
        hits: Hits with `hit_id`, `subject_version` and `party_version`.
        decisions: `decision_id` in the order they were made, `hit_id`, `decision`, `decided_by`,
            `decided_at`, and the versions of subject and party that they are about.
    """
    latest = decisions.sort("decision_id").unique("hit_id", keep="last", maintain_order=True)
    joined = hits.join(latest, on="hit_id", how="left", suffix="_decided", maintain_order="left")
    decision = pl.col("decision")
    because = (
        pl.when(decision.is_null())
        .then(pl.lit(OpenBecause.NEW.value))
        .when(decision == Decision.REOPENED.value)
        .then(pl.lit(OpenBecause.REOPENED.value))
        .when(pl.col("subject_version") != pl.col("subject_version_decided"))
        .then(pl.lit(OpenBecause.SUBJECT_CHANGED.value))
        .when(pl.col("party_version") != pl.col("party_version_decided"))
        .then(pl.lit(OpenBecause.PARTY_CHANGED.value))
    )
    decided = joined.with_columns(open_because=because)
    return decided.with_columns(
        status=pl.when(pl.col("open_because").is_null()).then(decision).otherwise(pl.lit(OPEN))
    ).select(*hits.columns, "status", "open_because", "decided_by", "decided_at")
