"""`/metrics` tells of database and pipeline as Prometheus reads it, and of what parts add."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import dagster as dg
import psycopg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from finplatform.api.database import Reader
from finplatform.api.measures import MEASURES
from finplatform.api.platform_metrics import PlatformMetrics
from finplatform.settings import Settings
from finplatform.warehouse.access import prepare_access
from finplatform.warehouse.measures import Measure
from finplatform_tests.small_platform import FIRST, SECOND, SmallPlatform

pytestmark = pytest.mark.integration


@pytest.fixture
def platform(postgres_url: str, tmp_path: Path) -> Iterator[SmallPlatform]:
    with dg.DagsterInstance.ephemeral() as instance:
        made = SmallPlatform(postgres_url, tmp_path, instance)
        made.bank.amounts = {FIRST: "-1.00", SECOND: "1.00"}
        yield made


def samples(
    settings: Settings, measures: Sequence[Measure] = MEASURES
) -> dict[tuple[str, ...], float]:
    """Values by the metric's name and its labels."""
    metrics = PlatformMetrics(settings, Reader(settings), measures, every_s=0)
    text = asyncio.run(metrics.text()).decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_runs_incidents_and_loads_are_measured(platform: SmallPlatform) -> None:
    platform.run("readings", day=FIRST)
    platform.run("readings", day=SECOND)
    for _ in range(2):
        platform.follow()
    prepare_access(platform.settings)
    found = samples(platform.settings)
    assert found["finplatform_database_up",] == 1
    assert found["finplatform_runs_total", "chosen_assets", "FAILURE"] == 1
    assert found["finplatform_runs_total", "chosen_assets", "SUCCESS"] == 1
    assert found["finplatform_incidents_open", "check", "error"] == 1
    assert found["finplatform_tables_held",] == 1
    assert found["finplatform_load_rows", "gold.readings"] == 1
    assert found["finplatform_load_seconds", "gold.readings"] >= 0
    assert found["finplatform_database_bytes",] > 0
    assert found["finplatform_schema_bytes", "gold"] > 0
    assert found["finplatform_database_transactions_total", "commit"] > 0


def test_no_two_measures_have_the_same_name() -> None:
    names = [measure.name for measure in MEASURES]
    assert len(names) == len(set(names))


def test_captures_are_measured_by_source(platform: SmallPlatform) -> None:
    with psycopg.connect(platform.url) as connection:
        connection.execute(
            "insert into ops.captured_sources (source, slot_name, publication, system_id, timeline,"
            " watermark, captured_until, changes, error) values"
            " ('core', 'a', 'a', '1', 1, '0/1', now() - interval '90 seconds', 7, null),"
            " ('cards', 'b', 'b', '1', 1, '0/1', now(), 0, 'gone')"
        )
    prepare_access(platform.settings)
    found = samples(platform.settings)
    assert found["finplatform_capture_age_seconds", "core"] >= 90
    assert found["finplatform_capture_changes_total", "core"] == 7
    assert found["finplatform_capture_failing", "core"] == 0
    assert found["finplatform_capture_failing", "cards"] == 1


def test_a_part_of_the_platform_adds_measures_of_its_own(platform: SmallPlatform) -> None:
    prepare_access(platform.settings)
    added = (
        Measure("lamps", "Lamps by room.", lambda _: [("kitchen", 3)], ("room",)),
        Measure("doors", "Doors.", "select 2"),
    )
    found = samples(platform.settings, added)
    assert found["finplatform_lamps", "kitchen"] == 3
    assert found["finplatform_doors",] == 2


def test_a_measure_that_fails_or_has_no_table_hides_no_other(platform: SmallPlatform) -> None:
    def broken(_: Settings) -> Iterator[tuple[int]]:
        raise OSError("no lamp")

    prepare_access(platform.settings)
    odd = (
        Measure("lamps", "Lamps.", broken),
        Measure("halves", "Halves.", "select 1 / 0"),
        Measure("rooms", "Rooms.", "select count(*) from ops.rooms", needs=("ops.rooms",)),
        Measure("doors", "Doors.", "select 2"),
    )
    assert samples(platform.settings, odd) == {
        ("finplatform_database_up",): 1,
        ("finplatform_doors",): 2,
    }


def test_without_a_database_it_is_said_that_there_is_none(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url="postgresql://nobody@127.0.0.1:9/none")
    assert samples(settings) == {("finplatform_database_up",): 0, ("finplatform_stream_up",): 0}
