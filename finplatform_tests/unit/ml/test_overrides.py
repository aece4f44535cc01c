"""Which decision holds, and what became of the others."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from finplatform.ml.overrides import override_register, overrides_in_force, with_overrides

ENDS = [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]
SCHEMA = {
    "override_id": pl.String,
    "exposure_id": pl.String,
    "decided_date": pl.Date,
    "valid_until": pl.Date,
    "decided_by": pl.String,
    "approved_by": pl.String,
    "from_grade": pl.String,
    "to_grade": pl.String,
}


def _decision(name: str, exposure: str = "E1", **said: Any) -> dict[str, Any]:
    return {
        "override_id": name,
        "exposure_id": exposure,
        "decided_date": date(2026, 2, 10),
        "valid_until": date(2027, 2, 10),
        "decided_by": "ana",
        "approved_by": "ben",
        "from_grade": "4",
        "to_grade": "6",
        **said,
    }


def _frame(*decisions: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(decisions), schema=SCHEMA)


@pytest.fixture
def grades() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "exposure_id": ["E1"] * 3 + ["E2"] * 3,
            "observation_date": ENDS * 2,
            "model_grade": ["4", "4", "5", "D", "D", "D"],
        }
    )


def _graded(grades: pl.DataFrame, *decisions: dict[str, Any]) -> pl.DataFrame:
    return with_overrides(grades, _frame(*decisions), default_grade="D")


def test_a_decision_holds_from_its_day_to_its_end(grades: pl.DataFrame) -> None:
    rows = _graded(grades, _decision("O1", valid_until=date(2026, 3, 1)))
    assert rows["grade"].to_list() == ["4", "6", "5", "D", "D", "D"]
    assert rows["override_id"].to_list() == [None, "O1", None, None, None, None]
    assert rows["model_grade"].equals(grades["model_grade"])


def test_the_latest_decision_takes_the_place_of_the_earlier(grades: pl.DataFrame) -> None:
    later = _decision("A2", decided_date=date(2026, 3, 5), to_grade="7")
    assert _graded(grades, later, _decision("O1"))["grade"].to_list()[:3] == ["4", "6", "7"]


def test_nobody_overrides_default(grades: pl.DataFrame) -> None:
    rows = _graded(grades, _decision("O1", "E2"))
    assert rows["grade"].to_list()[3:] == ["D", "D", "D"]
    assert rows["override_id"].null_count() == rows.height


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"approved_by": "ana"}, "FOUR_EYES"),
        ({"valid_until": date(2026, 2, 9)}, "VALIDITY"),
        ({"to_grade": "4"}, "NO_CHANGE"),
        ({"exposure_id": "E9"}, "UNKNOWN_EXPOSURE"),
    ],
)
def test_a_decision_against_the_rules_is_refused_and_changes_nothing(
    grades: pl.DataFrame, said: dict[str, Any], why: str
) -> None:
    decision = _decision("O1", **said)
    rows = _graded(grades, decision)
    assert rows["grade"].equals(grades["model_grade"].alias("grade"))
    register = override_register(_frame(decision), rows, ENDS[-1]).row(0, named=True)
    assert (register["status"], register["refusal"]) == ("REFUSED", why)
    assert register["graded_month_ends"] == 0


def test_the_register_tells_what_became_of_each(grades: pl.DataFrame) -> None:
    decisions = [
        _decision("A", valid_until=date(2026, 2, 28)),
        _decision("B", decided_date=date(2026, 3, 2), to_grade="3"),
        _decision("C", decided_date=date(2026, 4, 2)),
    ]
    rows = _graded(grades, *decisions)
    register = override_register(_frame(*decisions), rows, ENDS[-1])
    result = dict(register.select("override_id", "status").iter_rows())
    assert result == {"A": "ENDED", "B": "IN_USE", "C": "PENDING"}
    assert register["graded_month_ends"].to_list() == [1, 1, 0]
    assert register["notches"].to_list() == [2, -1, 2]
    # The model's grade that the analyst could have seen: that of the month-end before.
    assert register["model_grade"].to_list() == ["4", "4", "5"]


def test_windows_in_any_order_give_the_same_grades(grades: pl.DataFrame) -> None:
    decisions = (_decision("O1"), _decision("A2", decided_date=date(2026, 3, 5), to_grade="7"))
    whole = _graded(grades, *decisions)
    parts = [_graded(grades.filter(observation_date=day), *decisions) for day in reversed(ENDS)]
    key = ["exposure_id", "observation_date"]
    assert pl.concat(parts).sort(key).equals(whole.sort(key))


def test_no_decisions_and_no_exposures(grades: pl.DataFrame) -> None:
    assert _graded(grades)["grade"].equals(grades["model_grade"].alias("grade"))
    assert overrides_in_force(_frame(_decision("O1")), grades.clear()).is_empty()
    assert override_register(
        _frame(), grades.clear().with_columns(override_id=pl.lit("x")), None
    ).is_empty()
