"""Lineage of real runs reaches file and server: the start when a run starts, each event once."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from finplatform.lineage.facts import TableFacts
from finplatform.lineage.figures import figure_steps
from finplatform.orchestration.sensors.lineage import LineageGraph, send_new_lineage
from finplatform.settings import Settings
from finplatform.windows import Window
from finplatform_tests.integration.bank import BuiltBank
from finplatform_tests.listeners import Received, http_server
from finplatform_tests.small_platform import FIRST, SmallPlatform

pytestmark = pytest.mark.integration

TABLES = {
    "gold.readings": TableFacts(),
    "gold.doubles": TableFacts(("gold.readings",)),
}


class Watched:
    """A platform whose lineage is sent."""

    def __init__(self, platform: SmallPlatform, server: Received, file: Path) -> None:
        self.platform, self.server, self.file = platform, server, file
        self.settings: Settings = platform.settings.model_copy(
            update={"openlineage_url": server.url, "openlineage_file": file}
        )
        self.known = LineageGraph(TABLES, platform.graph)
        self.cursor = self.look(None)

    def look(self, cursor: str | None) -> str:
        return send_new_lineage(self.platform.instance, self.known, self.settings, cursor)

    def follow(self) -> None:
        self.cursor = self.look(self.cursor)

    def events(self) -> list[tuple[str, str]]:
        """Type and job of the events that the server took."""
        return [(body["eventType"], body["job"]["name"]) for body in self.server.bodies]

    def in_file(self) -> list[Any]:
        lines = self.file.read_text("utf-8").splitlines() if self.file.exists() else []
        return [json.loads(line) for line in lines]


@pytest.fixture
def watched(postgres_url: str, tmp_path: Path) -> Iterator[Watched]:
    with dg.DagsterInstance.ephemeral() as instance, http_server() as server:
        platform = SmallPlatform(postgres_url, tmp_path, instance)
        platform.bank.amounts = {FIRST: "1.00"}
        yield Watched(platform, server, tmp_path / "lineage" / "events.jsonl")


def test_a_run_and_its_tables_are_sent_once_to_file_and_server(watched: Watched) -> None:
    result = watched.platform.run("readings", "doubles", day=FIRST)
    watched.follow()
    watched.follow()
    job = result.dagster_run.job_name
    assert watched.events() == [
        ("START", job),
        ("START", "gold.doubles"),
        ("COMPLETE", "gold.doubles"),
        ("START", "gold.readings"),
        ("COMPLETE", "gold.readings"),
        ("COMPLETE", job),
    ]
    assert watched.in_file() == watched.server.bodies
    doubles = watched.server.bodies[2]
    assert [each["name"].partition(".")[2] for each in doubles["inputs"]] == ["gold.readings"]
    assert doubles["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == 1
    assert doubles["run"]["facets"]["parent"]["run"]["runId"] == result.run_id


def test_the_start_is_sent_while_the_run_goes_on(watched: Watched) -> None:
    seen: list[tuple[str, str]] = []

    @dg.asset(key=["gold", "readings"])
    def looks() -> None:
        watched.follow()
        seen.extend(watched.events())

    instance = watched.platform.instance
    assert dg.materialize([looks], instance=instance).success
    assert [kind for kind, _ in seen] == ["START"]


def test_a_run_that_fails_is_sent_with_its_failed_tables(watched: Watched) -> None:
    watched.platform.bank.breaks = True
    assert not watched.platform.run("readings", "doubles", day=FIRST).success
    watched.follow()
    kinds = dict(reversed(watched.events()))
    assert ("FAIL", "gold.doubles") in watched.events()
    assert ("COMPLETE", "gold.readings") in watched.events()
    last = watched.server.bodies[-1]
    assert last["eventType"] == "FAIL", kinds
    message = last["run"]["facets"]["errorMessage"]["message"]
    assert message == "Failed steps: gold__doubles."
    assert "jane.doe" not in json.dumps(watched.server.bodies)


def test_what_a_server_does_not_take_is_sent_later(watched: Watched) -> None:
    watched.server.status = 503
    watched.platform.run("readings", day=FIRST)
    watched.follow()
    assert watched.events() == []
    watched.server.status = 200
    watched.follow()
    assert [kind for kind, _ in watched.events()] == ["START", "START", "COMPLETE", "COMPLETE"]


def test_what_happened_before_the_first_look_is_left(watched: Watched) -> None:
    watched.platform.run("readings", day=FIRST)
    watched.cursor = watched.look(None)
    watched.follow()
    assert watched.events() == []


def test_tables_of_capital_lead_to_their_rows_and_rules(built_bank: BuiltBank) -> None:
    tables = ("gold.capital_adequacy", "gold.leverage", "gold.liquidity_coverage", "gold.own_funds")
    found = figure_steps(built_bank.settings, tables, None)
    assert set(found) == set(tables) - {"gold.own_funds"}
    capital = found["gold.capital_adequacy"]
    assert {"cet1_ratio", "risk_weighted_assets"} <= {step["figure"] for step in capital}
    assert any(step["source_table"] and step["rules"] for step in capital)
    assert len({step["reporting_date"] for step in capital}) == 1
    first_month = Window(date(2025, 1, 1), date(2025, 2, 1))
    (earlier,) = {
        step["reporting_date"]
        for step in figure_steps(built_bank.settings, tables[:1], first_month)[tables[0]]
    }
    assert earlier == "2025-01-31"
