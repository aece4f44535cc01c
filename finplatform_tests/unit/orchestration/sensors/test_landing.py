"""Arriving files as partition runs."""

import json
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from finplatform.orchestration.partitions import Partitions
from finplatform.orchestration.sensors.landing import (
    Arrival,
    arrivals,
    build_landing_sensor,
    day_in_name,
    new_arrivals,
)
from finplatform.settings import Settings


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("transactions_2025-01-31.csv", date(2025, 1, 31)),
        ("transactions_20250131.csv.gz", date(2025, 1, 31)),
        ("transactions_20250230.csv", None),
        ("order_1202501315.csv", None),
        ("transactions.csv", None),
    ],
)
def test_the_business_day_is_read_from_the_name(name: str, day: date | None) -> None:
    assert day_in_name(name) == day


def test_unfinished_files_have_not_arrived(tmp_path: Path) -> None:
    for name in ("a_2025-01-01.csv", "b_2025-01-01.csv.part", ".c_2025-01-01.csv"):
        (tmp_path / name).write_text("x")
    assert [arrival.name for arrival in arrivals(tmp_path)] == ["a_2025-01-01.csv"]


def test_only_new_content_is_an_arrival() -> None:
    found = [Arrival("a", None, "1"), Arrival("b", None, "2"), Arrival("c", None, "3")]
    assert [a.name for a in new_arrivals(found, {"a": "1", "b": "old"})] == ["b", "c"]


SENSOR = build_landing_sensor(
    Partitions.of_history(date(2025, 1, 1), date(2025, 12, 31)).daily,
    dg.DefaultSensorStatus.STOPPED,
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def _evaluate(settings: Settings, cursor: str | None) -> dg.SensorResult | dg.SkipReason:
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_sensor_context(
            instance=instance, cursor=cursor, resources={"settings": settings}
        )
        result = SENSOR(context)
    assert isinstance(result, (dg.SensorResult, dg.SkipReason))
    return result


def test_a_file_runs_the_partition_of_its_day_once(settings: Settings) -> None:
    settings.landing.mkdir()
    (settings.landing / "transactions_2025-03-04.csv").write_text("first")
    first = _evaluate(settings, None)
    assert isinstance(first, dg.SensorResult)
    assert [request.partition_key for request in first.run_requests or []] == ["2025-03-04"]
    assert isinstance(_evaluate(settings, first.cursor), dg.SkipReason)


def test_a_corrected_file_runs_its_partition_again_under_another_key(settings: Settings) -> None:
    settings.landing.mkdir()
    path = settings.landing / "transactions_2025-03-04.csv"
    path.write_text("first")
    first = _evaluate(settings, None)
    path.write_text("corrected")
    second = _evaluate(settings, first.cursor if isinstance(first, dg.SensorResult) else None)
    assert isinstance(first, dg.SensorResult)
    assert isinstance(second, dg.SensorResult)
    keys = {request.run_key for request in [*first.run_requests, *second.run_requests]}
    assert len(keys) == 2


def test_a_file_for_no_known_day_requests_no_run_and_is_not_asked_about_again(
    settings: Settings,
) -> None:
    settings.landing.mkdir()
    (settings.landing / "transactions_1999-01-01.csv").write_text("x")
    result = _evaluate(settings, None)
    assert isinstance(result, dg.SensorResult)
    assert not result.run_requests
    assert list(json.loads(result.cursor or "")) == ["transactions_1999-01-01.csv"]


def test_a_missing_landing_zone_is_a_reason_to_skip(settings: Settings) -> None:
    assert not settings.landing.exists()
    assert isinstance(_evaluate(settings, None), dg.SkipReason)
