"""An override by command is a row that the contract of arriving overrides takes."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from finplatform.cli.grade_override import Decision, append, check
from finplatform.contracts.rating import ReceivedOverrides
from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.dated_name import DatedName

DAY = date(2026, 9, 15)
DECISION = Decision("C-1", "5", "ana", "ben", "POLICY", "Income has doubled, says the employer.")
ROW = {
    "override_id": "OV-1", "exposure_id": "C-1", "decided_date": "2026-09-15", "decided_by": "ana",
    "approved_by": "ben", "from_grade": "7", "to_grade": "5", "reason_code": "POLICY",
    "reason": 'Income, "doubled", says the employer.', "valid_until": "",
}  # fmt: skip


def test_rows_of_a_day_are_in_one_file_that_the_contract_takes(tmp_path: Path) -> None:
    path = append(tmp_path / "landing", DAY, ROW)
    assert append(tmp_path / "landing", DAY, {**ROW, "override_id": "OV-2"}) == path
    assert DatedName("grade_overrides_{date}.csv").day_of(path.name) == DAY
    assert [found.name for found in path.parent.iterdir()] == [path.name]
    rows = pl.read_csv(path, infer_schema=False).with_columns(
        pl.col("decided_date", "valid_until").replace("", None).str.to_date()
    )
    assert rows["override_id"].to_list() == ["OV-1", "OV-2"]
    ReceivedOverrides.to_schema().validate(rows)


def test_a_decision_by_the_rules_passes() -> None:
    check(DECISION, DAY, None)
    check(DECISION, DAY, DAY)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"to_grade": "9"}, "no grade 9"),
        ({"to_grade": "D"}, "no grade D"),
        ({"approved_by": "ana"}, "must not approve"),
        ({"reason_code": "MOOD"}, "kind of reason"),
        ({"reason": "short"}, "10 to 500"),
    ],
)
def test_a_decision_against_a_rule_is_refused_with_the_reason(
    changes: dict[str, str], told: str
) -> None:
    with pytest.raises(FinplatformError, match=told):
        check(replace(DECISION, **changes), DAY, None)


def test_a_decision_cannot_end_before_it_begins() -> None:
    with pytest.raises(FinplatformError, match="end before"):
        check(DECISION, DAY, date(2026, 9, 14))
