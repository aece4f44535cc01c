"""The lake of a small table: written by day, whole or not at all, and read by other libraries."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import fsspec
import polars as pl
import psycopg
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from moto.server import ThreadedMotoServer
from sqlalchemy.engine import make_url

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.base import ReadRequest
from finplatform.ingest.connectors.config import TableConfig
from finplatform.ingest.connectors.lake import LakeConnector
from finplatform.lake.manifest import partition_key, read_manifest
from finplatform.lake.read import read_batches, stored_totals
from finplatform.lake.root import LakeRoot, open_root
from finplatform.lake.totals import differences, warehouse_totals
from finplatform.lake.write import Written, write_window
from finplatform.settings import Settings
from finplatform.warehouse.database import Warehouse
from finplatform.windows import Window
from finplatform_tests.integration.lake_tables import SALES, DayTable

pytestmark = pytest.mark.integration

FIRST, LAST = date(2025, 1, 1), date(2025, 1, 5)
ALL = Window.through(FIRST, LAST)


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    """Endpoint of a server that speaks the protocol of S3."""
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@pytest.fixture(params=["folder", "s3"])
def lake_root(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> str | None:
    """What the root of the lake is set to."""
    if request.param == "folder":
        return None
    endpoint = request.getfixturevalue("store")
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    bucket = f"lake-{abs(hash(tmp_path))}"
    fsspec.filesystem("s3").mkdir(bucket)
    return f"s3://{bucket}/bank"


@dataclass(frozen=True)
class Place:
    """A table of the warehouse, and the lake that it is written to."""

    settings: Settings
    warehouse: Warehouse
    table: DayTable

    @property
    def root(self) -> LakeRoot:
        return open_root(self.settings)

    def write(self, window: Window | None = None) -> Written:
        return write_window(self.settings, self.warehouse, self.root, SALES, window)

    def files(self) -> list[str]:
        held = read_manifest(self.root, SALES.name)
        return held.files if held else []

    def is_equal(self) -> bool:
        """Whether files, manifest and warehouse have the same totals."""
        held = read_manifest(self.root, SALES.name)
        assert held is not None
        with self.warehouse.connect() as connection:
            expected = warehouse_totals(connection, SALES, None)
        found = stored_totals(self.settings, self.root, SALES, held.files)
        noted = {day: one for day, one in held.partitions.items() if one.rows}
        return not list(differences(expected, found)) and {
            day: (one.rows, dict(one.sums)) for day, one in noted.items()
        } == {day: (one.rows, dict(one.sums)) for day, one in found.items()}


@pytest.fixture
def place(postgres_url: str, lake_root: str | None, tmp_path: Path) -> Iterator[Place]:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        table = DayTable(connection)
        table.create()
        table.fill(FIRST, LAST, rows=20)
        settings = Settings(home=tmp_path / "home", lake_root=lake_root, batch_rows=50)
        yield Place(settings, Warehouse(make_url(postgres_url)), table)


def test_lake_and_warehouse_agree_to_the_cent_and_money_stays_decimal(place: Place) -> None:
    written = place.write()
    assert (written.partitions, written.rows) == (5, 100)
    assert place.is_equal()
    rows = pl.concat(read_batches(place.settings, place.root, SALES, place.files()))
    assert rows["amount"].sum() == place.table.total()
    assert rows["amount"].dtype == pl.Decimal(18, 2)
    assert rows.sort("sale_id").rows() == place.table.rows()


def test_other_libraries_read_the_layout_by_its_folders(place: Place) -> None:
    place.write()
    root = place.root
    filesystem = root.filesystem or fsspec.filesystem("file")
    found = ds.dataset(
        root.path(SALES.name).removeprefix("s3://"),
        filesystem=filesystem,
        format="parquet",
        partitioning="hive",
    )
    assert pa.types.is_decimal(found.schema.field("amount").type)
    day = found.to_table(filter=ds.field("date") == "2025-01-03")
    assert set(day["sale_date"].to_pylist()) == {date(2025, 1, 3)}
    amounts = found.to_table()["amount"].to_pylist()
    assert sum(amount for amount in amounts if amount is not None) == place.table.total()


def test_a_second_run_writes_nothing_and_the_bytes_stay(place: Place) -> None:
    place.write()
    before = {key: place.root.read(key) for key in place.files()}
    again = place.write(ALL)
    assert (again.partitions, again.unchanged, again.removed) == (0, 5, 0)
    assert {key: place.root.read(key) for key in place.files()} == before


def test_windows_in_any_order_give_the_same_lake(place: Place) -> None:
    for day in reversed(list(ALL.dates())):
        place.write(Window.day(day))
    one_by_one = {key: place.root.read(key) for key in place.files()}
    for key in one_by_one:
        place.root.remove(key)
    place.write()
    assert {key: place.root.read(key) for key in place.files()} == one_by_one


def test_a_late_row_of_an_old_day_changes_that_days_file_alone(place: Place) -> None:
    place.write()
    place.table.add(FIRST, Decimal("0.01"))
    written = place.write(ALL)
    assert (written.partitions, written.unchanged) == (1, 4)
    assert place.is_equal()


def test_a_day_that_has_lost_its_rows_has_no_file(place: Place) -> None:
    place.write()
    place.table.empty(LAST)
    assert place.write(Window.day(LAST)).removed == 1
    assert place.is_equal()
    assert place.root.size(partition_key(SALES.name, LAST)) is None
    assert len(place.root.sizes(SALES.name)) == 4


def test_a_day_outside_the_window_stays_as_it_is(place: Place) -> None:
    place.write()
    place.table.add(FIRST, Decimal("5.00"))
    place.write(Window.day(LAST))
    assert not place.is_equal()
    place.write(Window.day(FIRST))
    assert place.is_equal()


def test_a_lost_file_is_written_again(place: Place) -> None:
    place.write()
    place.root.remove(partition_key(SALES.name, FIRST))
    assert place.write().partitions == 1
    assert place.is_equal()


class DyingRoot(LakeRoot):
    """A lake whose writer is killed when the second file is on its way."""

    def take(self, file: Path, key: str) -> None:
        if key == partition_key(SALES.name, date(2025, 1, 2)):
            os.kill(os.getpid(), signal.SIGKILL)
        super().take(file, key)


def _write_and_die(settings: Settings, warehouse: Warehouse) -> None:
    root = open_root(settings)
    write_window(settings, warehouse, DyingRoot(root.address, root.filesystem), SALES, ALL)


def test_a_kill_in_the_middle_leaves_every_day_whole_and_the_next_run_mends(place: Place) -> None:
    place.write()
    old = place.table.total()
    for day in ALL.dates():
        place.table.add(day, Decimal("1.00"))
    child = multiprocessing.get_context("spawn").Process(
        target=_write_and_die, args=(place.settings, place.warehouse)
    )
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    totals = stored_totals(place.settings, place.root, SALES, place.files())
    # The first day is the new one, the others are as they were.
    assert sum(one.sums["amount"] for one in totals.values()) == old + 1
    assert [one.rows for _, one in sorted(totals.items())] == [21, 20, 20, 20, 20]
    place.write(ALL)
    assert place.is_equal()
    assert len(place.root.sizes(SALES.name)) == 5


def test_a_table_that_changes_while_it_is_read_leaves_the_lake_as_it_was(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.write()
    before = {key: place.root.read(key) for key in place.files()}

    def totals_of_another_load(*given: object) -> object:
        found = warehouse_totals(*given)  # type: ignore[arg-type]
        place.table.add(FIRST, Decimal("1.00"))
        return found

    monkeypatch.setattr("finplatform.lake.write.warehouse_totals", totals_of_another_load)
    with pytest.raises(FinplatformError, match="changed while it was read"):
        place.write()
    assert {key: place.root.read(key) for key in place.files()} == before


def test_the_lake_connector_reads_the_days_of_a_window(place: Place) -> None:
    place.write()
    connector = LakeConnector(place.root)
    config = TableConfig(source="lake", read=SALES.name)
    window = Window.through(date(2025, 1, 2), date(2025, 1, 3))
    batches = list(connector.read(ReadRequest("sales", config, window=window)))
    assert [batch.day for batch in batches] == list(window.dates())
    rows = pl.concat(batch.frame for batch in batches).select(SALES.contract.columns)
    assert rows.height == 40
    newest = list(connector.read(ReadRequest("sales", config)))
    assert {batch.day for batch in newest} == {LAST}


def test_the_lake_connector_reads_no_file_that_is_not_the_manifests(place: Place) -> None:
    place.write()
    place.root.write(partition_key(SALES.name, LAST), b"PAR1 of another hand PAR1")
    connector = LakeConnector(place.root)
    config = TableConfig(source="lake", read=SALES.name)
    with pytest.raises(FinplatformError, match="promises"):
        list(connector.read(ReadRequest("sales", config, window=ALL)))
