"""A decision holds until the subject or the entry changes."""

from datetime import UTC, datetime

import polars as pl
import pytest

from finplatform.compliance.screening.decisions import with_status

AT = datetime(2025, 3, 1, 12, tzinfo=UTC)
DECISIONS = pl.Schema(
    {
        "decision_id": pl.Int64(),
        "hit_id": pl.String(),
        "decision": pl.String(),
        "decided_by": pl.String(),
        "decided_at": pl.Datetime("us", "UTC"),
        "subject_version": pl.String(),
        "party_version": pl.String(),
    }
)


def _status(*decisions: tuple[str, str, str]) -> tuple[str, str | None, str | None]:
    hits = pl.DataFrame({"hit_id": ["H1"], "subject_version": ["s1"], "party_version": ["p1"]})
    rows = [
        (number, "H1", decision, f"user{number}", AT, subject, party)
        for number, (decision, subject, party) in enumerate(decisions, start=1)
    ]
    found = with_status(hits, pl.DataFrame(rows, schema=DECISIONS, orient="row"))
    return found.select("status", "open_because", "decided_by").row(0)


@pytest.mark.parametrize(
    ("decisions", "status"),
    [
        ([], ("OPEN", "NEW", None)),
        ([("FALSE_POSITIVE", "s1", "p1")], ("FALSE_POSITIVE", None, "user1")),
        ([("TRUE_MATCH", "s1", "p1")], ("TRUE_MATCH", None, "user1")),
        ([("FALSE_POSITIVE", "s0", "p1")], ("OPEN", "SUBJECT_CHANGED", "user1")),
        ([("FALSE_POSITIVE", "s1", "p0")], ("OPEN", "PARTY_CHANGED", "user1")),
        (
            [("FALSE_POSITIVE", "s1", "p1"), ("REOPENED", "s1", "p1")],
            ("OPEN", "REOPENED", "user2"),
        ),
        (
            [("FALSE_POSITIVE", "s0", "p1"), ("TRUE_MATCH", "s1", "p1")],
            ("TRUE_MATCH", None, "user2"),
        ),
    ],
)
def test_the_last_decision_counts_while_it_is_about_what_is_there_now(
    decisions: list[tuple[str, str, str]], status: tuple[str, str | None, str | None]
) -> None:
    assert _status(*decisions) == status
