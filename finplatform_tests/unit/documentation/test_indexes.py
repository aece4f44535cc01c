"""The index strategy: every index has its reason, and the page has every index."""

import re
from pathlib import Path

import pytest

from finplatform.documentation.indexes import Index, Use, declared_reasons, index_page, reason
from finplatform.documentation.plans import read_plan

ROOT = Path(__file__).parents[3]
MODELS = ROOT / "dbt_project" / "models"


def test_every_index_of_a_model_says_what_it_serves() -> None:
    reasons = declared_reasons(MODELS)
    assert len(reasons) > 50
    without = sorted(key for key, said in reasons.items() if not said)
    assert not without, f"write a comment above: {without}"


def test_the_page_has_every_index_of_every_model() -> None:
    page = (ROOT / "docs" / "index_strategy.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"^\| `(\w+)` \| `([^`]+)` \(", page, flags=re.MULTILINE))
    declared = {(model, ", ".join(columns)) for model, columns in declared_reasons(MODELS)}
    assert declared <= shown, f"run `finplatform docs --plans`: {sorted(declared - shown)}"


def index(**changes: object) -> Index:
    values = {
        "schema": "gold",
        "table": "t",
        "name": "t_id",
        "method": "btree",
        "is_unique": True,
        "size": 8192,
        "table_size": 8192,
        "columns": ("id",),
    }
    return Index(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "why"),
        ({"columns": ("x",)}, "key; history of a thing"),
        ({"columns": ("x",), "method": "brin", "is_unique": False}, "windows of days"),
        ({"schema": "ops", "table": "loads", "name": "loads_pkey"}, "a load by its id"),
    ],
)
def test_the_reason_is_the_declared_one_or_the_rule_s(
    changes: dict[str, object], expected: str
) -> None:
    assert reason(index(**changes), {("t", ("id",)): "why"}).startswith(expected)


def explained(node: dict[str, object]) -> dict[str, object]:
    return {"Plan": node, "Execution Time": 4.0}


SCAN = {"Node Type": "Seq Scan", "Relation Name": "t", "Actual Rows": 3, "Actual Loops": 1}
BY_INDEX = {"Node Type": "Index Scan", "Index Name": "t_id", "Actual Rows": 1, "Actual Loops": 1}


def test_a_step_s_own_time_is_without_what_is_below_it() -> None:
    child = {**SCAN, "Actual Total Time": 1000.0, "Actual Loops": 2}
    plan = read_plan(
        explained({"Node Type": "Sort", "Actual Total Time": 2500.0, "Plans": [child],
                   "Actual Rows": 6, "Actual Loops": 1, "Sort Space Type": "Disk",
                   "Sort Space Used": 64})
    )  # fmt: skip
    assert [(s.description, s.rows, s.seconds, s.spilled_kb) for s in plan.steps] == [
        ("Sort", 6, 0.5, 64),
        ("Seq Scan on t", 6, 2.0, 0),
    ]


def test_an_index_that_the_planner_passes_by_is_not_called_used() -> None:
    seq, by_index = read_plan(explained(SCAN)), read_plan(explained(BY_INDEX))
    chosen = index_page([Use(index(), "id = ?", by_index, None, seq)], {}, "here")
    forced = index_page([Use(index(), "id = ?", seq, by_index, seq)], {}, "here")
    never = index_page([Use(index(), "id = ?", seq, seq, seq)], {}, "here")
    empty = index_page([Use(index(), "")], {}, "here")
    assert "| Index Scan | yes |" in chosen
    assert "| Index Scan | if made to |" in forced
    assert "| Seq Scan | no |" in never
    assert "the table is empty" in empty
