"""Arriving files as partition runs."""

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from finplatform.ingest.connectors.arrivals import ReadName
from finplatform.ingest.connectors.config import SourcesConfig
from finplatform.orchestration.downstream import DownstreamAssets
from finplatform.orchestration.jobs import DAILY_JOB, ENTITIES_JOB
from finplatform.orchestration.partitions import Partitions
from finplatform.orchestration.sensors import landing as landing_module
from finplatform.orchestration.sensors.landing import (
    Arrival,
    arrivals,
    build_landing_sensor,
    new_arrivals,
)
from finplatform.settings import Settings

FIRST, LAST = date(2025, 1, 1), date(2025, 12, 31)
SOURCES = SourcesConfig.model_validate(
    {
        "bank": "b",
        "sources": {"landing": {"connector": "files", "root": "{landing}"}},
        "tables": {
            "transactions": {"source": "landing", "read": "transactions_{date}.csv"},
            "accounts": {"source": "landing", "read": "*_BD{date:%d%m%Y}.csv"},
            "branches": {"source": "landing", "read": "branches.csv"},
        },
    }
)
JOBS = [dg.define_asset_job(name) for name in (DAILY_JOB, ENTITIES_JOB)]
FACTS, BRANCHES = dg.AssetKey(["gold", "facts"]), dg.AssetKey(["gold", "branches"])
TRANSACTIONS, ACCOUNTS, OFFICES = (
    dg.AssetKey(["bronze", name]) for name in ("transactions", "accounts", "branches")
)
READERS = DownstreamAssets(
    {TRANSACTIONS: frozenset({FACTS}), OFFICES: frozenset({BRANCHES, FACTS})},
    of_days=frozenset({TRANSACTIONS, ACCOUNTS, FACTS, dg.AssetKey(["bronze", "cards"])}),
    of_entities=frozenset({OFFICES, BRANCHES}),
)


def sensor_of(last: date = LAST, sources: SourcesConfig = SOURCES) -> dg.SensorDefinition:
    """The sensor, of a history that ends by now."""
    days = Partitions.of_history(FIRST, last).daily
    return build_landing_sensor(days, sources, READERS, JOBS, dg.DefaultSensorStatus.STOPPED)


SENSOR = sensor_of()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path)
    settings.landing.mkdir()
    return settings


@pytest.fixture
def alerts(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Files that were alerted, and why."""
    sent: list[tuple[str, str]] = []

    def report(skipped: list[tuple[str, str, bool]], _: Settings) -> None:
        sent[:] = [(name, problem) for name, problem, _ in skipped]

    monkeypatch.setattr(landing_module, "report_files", report)
    return sent


def _evaluate(settings: Settings, cursor: str | None = None, sensor: Any = SENSOR) -> Any:
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(
            instance=instance, cursor=cursor, resources={"settings": settings}
        )
        return sensor(context)


def _days(result: Any) -> list[str]:
    assert isinstance(result, dg.SensorResult)
    return [request.partition_key or "" for request in result.run_requests or []]


def _arrivals(folder: Path, pattern: str = "t_{date}.csv") -> list[Arrival]:
    return arrivals(folder, [ReadName(folder.resolve(), pattern)], FIRST, LAST)


def test_unfinished_files_have_not_arrived(tmp_path: Path) -> None:
    for name in ("t_2025-01-01.csv", "t_2025-01-01.csv.part", ".t_2025-01-01.csv", "a.tmp"):
        (tmp_path / name).write_text("x")
    assert [arrival.name for arrival in _arrivals(tmp_path)] == ["t_2025-01-01.csv"]


def test_only_new_content_and_new_problems_are_arrivals() -> None:
    found = [
        Arrival("a", (), "1"), Arrival("b", (), "2"), Arrival("c", (), "3"),
        Arrival("d", (), "4", "no"), Arrival("e", (), "5", "no"),
    ]  # fmt: skip
    seen = {"a": "1", "b": "old", "d": "4 no", "e": "5 other"}
    assert [arrival.name for arrival in new_arrivals(found, seen)] == ["b", "c", "e"]


def test_a_file_runs_the_partition_of_its_day_once(settings: Settings) -> None:
    (settings.landing / "transactions_2025-03-04.csv").write_text("first")
    first = _evaluate(settings)
    assert _days(first) == ["2025-03-04"]
    assert isinstance(_evaluate(settings, first.cursor), dg.SkipReason)


def test_a_day_is_read_as_the_configuration_writes_it(settings: Settings) -> None:
    (settings.landing / "20250306_BD04032025.csv").write_text("x")
    assert _days(_evaluate(settings)) == ["2025-03-04"]


def test_a_corrected_file_runs_its_partition_again_under_another_key(settings: Settings) -> None:
    path = settings.landing / "transactions_2025-03-04.csv"
    path.write_text("first")
    first = _evaluate(settings)
    path.write_text("corrected")
    second = _evaluate(settings, first.cursor)
    keys = {request.run_key for request in [*first.run_requests, *second.run_requests]}
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("transactions_1999-01-01.csv", "the history begins on 2025-01-01"),
        ("transactions_2027-01-01.csv", "the history ends on 2025-12-31"),
        ("transactions_20250304.csv", "fits none that the tables read"),
        ("other.csv", "fits none that the tables read"),
    ],
)
def test_a_file_for_no_known_day_is_alerted_once_and_runs_nothing(
    name: str, problem: str, settings: Settings, alerts: list[tuple[str, str]]
) -> None:
    (settings.landing / name).write_text("x")
    result = _evaluate(settings)
    assert _days(result) == []
    ((alerted, reported),) = alerts
    assert alerted == name
    assert problem in reported
    assert isinstance(_evaluate(settings, result.cursor), dg.SkipReason)
    assert len(alerts) == 1


def test_a_skipped_file_is_looked_at_again_when_the_configuration_changes(
    settings: Settings, alerts: list[tuple[str, str]]
) -> None:
    (settings.landing / "tx_20250304.csv").write_text("x")
    before = _evaluate(settings)
    mended = SOURCES.model_copy(
        update={
            "tables": SOURCES.tables
            | {
                "cards": SOURCES.tables["transactions"].model_copy(
                    update={"read": "tx_{date:%Y%m%d}.csv"}
                )
            }
        }
    )
    sensor = sensor_of(sources=mended)
    assert _days(_evaluate(settings, before.cursor, sensor)) == ["2025-03-04"]


def test_the_file_of_a_day_that_goes_on_waits_without_an_alert(
    settings: Settings, alerts: list[tuple[str, str]]
) -> None:
    (settings.landing / "transactions_2025-06-02.csv").write_text("x")
    shorter, longer = (sensor_of(last) for last in (date(2025, 6, 1), date(2025, 6, 2)))
    early = _evaluate(settings, None, shorter)
    assert _days(early) == []
    assert _days(_evaluate(settings, early.cursor, longer)) == ["2025-06-02"]
    assert alerts == []


def test_a_file_of_entities_that_is_read_whole_runs_their_dimensions(
    settings: Settings, alerts: list[tuple[str, str]]
) -> None:
    (settings.landing / "branches.csv").write_text("x")
    (request,) = _evaluate(settings).run_requests
    assert (request.job_name, request.partition_key) == (ENTITIES_JOB, None)
    assert request.asset_selection == [OFFICES, BRANCHES]
    assert alerts == []


def test_a_day_runs_what_is_made_from_the_tables_of_its_files_alone(settings: Settings) -> None:
    (settings.landing / "transactions_2025-03-04.csv").write_text("x")
    (settings.landing / "x_BD05032025.csv").write_text("x")
    first, second = _evaluate(settings).run_requests
    assert (first.job_name, first.asset_selection) == (DAILY_JOB, [TRANSACTIONS, FACTS])
    assert (second.partition_key, second.asset_selection) == ("2025-03-05", [ACCOUNTS])


def test_all_files_of_a_day_are_one_run(settings: Settings) -> None:
    (settings.landing / "transactions_2025-03-04.csv").write_text("x")
    (settings.landing / "x_BD04032025.csv").write_text("x")
    (request,) = _evaluate(settings).run_requests
    assert request.asset_selection == [ACCOUNTS, TRANSACTIONS, FACTS]


@pytest.mark.parametrize(
    "name",
    [
        b"transactions_\xff\xfe.csv", b"a\nb.csv", b"a\x1b[2J.csv", b"\xed\xa0\x80.csv",
        "a\u202e.csv".encode(), b"a\x7f.csv",
    ],
)  # fmt: skip
def test_a_file_with_a_broken_name_stops_no_other(
    name: bytes, settings: Settings, alerts: list[tuple[str, str]]
) -> None:
    (settings.landing / os.fsdecode(name)).write_text("x")
    (settings.landing / "transactions_2025-03-04.csv").write_text("x")
    result = _evaluate(settings)
    assert _days(result) == ["2025-03-04"]
    ((alerted, reported),) = alerts
    assert alerted.isprintable()
    assert "rename it" in reported
    assert all(name.isprintable() for name in json.loads(result.cursor))
    assert isinstance(_evaluate(settings, result.cursor), dg.SkipReason)


def test_links_that_leave_the_landing_zone_or_lead_nowhere_are_alerted(
    settings: Settings, tmp_path: Path, alerts: list[tuple[str, str]]
) -> None:
    (tmp_path / "secret").write_text("x")
    (settings.landing / "transactions_2025-03-01.csv").symlink_to(tmp_path / "secret")
    (settings.landing / "transactions_2025-03-02.csv").symlink_to(tmp_path / "missing")
    circle = settings.landing / "transactions_2025-03-03.csv"
    circle.symlink_to(circle)
    (settings.landing / "transactions_2025-03-04.csv").write_text("x")
    os.mkfifo(settings.landing / "transactions_2025-03-05.csv")
    assert _days(_evaluate(settings)) == ["2025-03-04"]
    assert len(alerts) == 4


def test_a_file_that_cannot_be_read_stops_no_other(
    settings: Settings, alerts: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (3, 4):
        (settings.landing / f"transactions_2025-03-0{day}.csv").write_text("x")
    whole = landing_module.fingerprint

    def refused(path: Path) -> str:
        if path.name.endswith("03.csv"):
            raise PermissionError(13, "Permission denied")
        return whole(path)

    monkeypatch.setattr(landing_module, "fingerprint", refused)
    result = _evaluate(settings)
    assert _days(result) == ["2025-03-04"]
    assert alerts == [("transactions_2025-03-03.csv", "It cannot be read: permission denied.")]
    monkeypatch.setattr(landing_module, "fingerprint", whole)
    assert _days(_evaluate(settings, result.cursor)) == ["2025-03-03"]


def test_a_missing_landing_zone_is_a_reason_to_skip(tmp_path: Path) -> None:
    assert isinstance(_evaluate(Settings(home=tmp_path)), dg.SkipReason)
