"""The benchmark of queries in small: every query is answered, alone and to some at once."""

import json
from typing import Any

import pytest

from finplatform_tests.integration.bank import BuiltBank

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def outcome(built_bank: BuiltBank) -> dict[str, Any]:
    kinds = [
        part for kind in ("function", "view", "page", "ready", "printed")
        for part in ("--only", kind)
    ]  # fmt: skip
    printed = built_bank.run(
        "bench", "queries", "--users", "3", "--seconds", "3", "--think", "0", "--repeats", "2",
        *kinds, "--json",
    )  # fmt: skip
    found: dict[str, Any] = json.loads(printed)
    return found


def test_no_query_fails_alone_or_beside_others(outcome: dict[str, Any]) -> None:
    for part in ("alone", "together"):
        assert outcome[part]["all"]["errors"] == {}
        assert outcome[part]["all"]["answers"] > 0


def test_every_kind_is_asked_and_all_sample_queries_are(outcome: dict[str, Any]) -> None:
    asked = [(one["kind"], one["name"]) for one in outcome["alone"]["by_query"]]
    assert len(asked) == len(set(asked)) == outcome["queries"]
    counts = {kind: sum(found == kind for found, _ in asked) for kind, _ in asked}
    assert counts["function"] == 4
    assert counts["printed"] >= 15
    assert counts["ready"] == 10
    assert counts["view"] > 20
    assert counts["page"] > 100


def test_a_query_answers_as_many_rows_beside_others_as_alone(outcome: dict[str, Any]) -> None:
    alone, together = (
        {(one["kind"], one["name"]): one["rows"] for one in outcome[part]["by_query"]}
        for part in ("alone", "together")
    )
    assert all(len(rows) == 1 for rows in alone.values())
    assert together.items() <= alone.items()
