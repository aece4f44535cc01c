"""Windows: a load replaces its own days, all of it or nothing, however often and in any order."""

import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from finplatform.ingest.connectors.base import Batch, ReadRequest
from finplatform.ingest.connectors.files import FilesConnector
from finplatform.windows import Window
from finplatform_tests import waiting
from finplatform_tests.integration.ingest_cases import (
    COLUMNS,
    JANUARY,
    broken_file,
    digests,
    files,
    line,
    load,
    load_accounts,
    query,
    transactions,
    write,
)

pytestmark = pytest.mark.integration


def _shuffled_windows(seed: int, whole: Window = JANUARY, longest: int = 9) -> list[Window]:
    """A window in pieces, in a random order, two of them twice."""
    chance = random.Random(seed)  # noqa: S311 - test data
    pieces, start = [], whole.start
    while start < whole.end:
        end = min(start + timedelta(days=chance.randint(1, longest)), whole.end)
        pieces.append(Window(start, end))
        start = end
    pieces += chance.sample(pieces, 2)
    chance.shuffle(pieces)
    return pieces


def test_windows_loaded_in_any_order_and_twice_give_the_same_content(
    postgres_url: str, tmp_path: Path
) -> None:
    load_accounts(postgres_url, tmp_path)
    broken_file(tmp_path / "tx" / "january.csv", 3_000, share=0.02)
    source = files(tmp_path / "tx")
    for window in _shuffled_windows(1):
        load(postgres_url, "transactions", source, window, read="*.csv")
    in_pieces = digests(postgres_url)
    load(postgres_url, "transactions", source, JANUARY, read="*.csv")
    assert digests(postgres_url) == in_pieces
    for window in _shuffled_windows(2)[:2]:
        load(postgres_url, "transactions", source, window, read="*.csv")
        assert digests(postgres_url) == in_pieces
    sealed = query(
        postgres_url,
        "select count(*), count(r.identity_id) from vault.customer_identity as i"
        " full join (select distinct identity_id from quarantine.rejected_rows) as r"
        " using (identity_id) where i.subject_id is null or i.subject_id = 'quarantine'",
    )
    assert sealed[0][0] == sealed[0][1] == len(set(query(
        postgres_url, "select identity_id from quarantine.rejected_rows")))  # fmt: skip


def test_a_mended_row_leaves_quarantine_and_its_sealed_text_goes_too(
    postgres_url: str, tmp_path: Path
) -> None:
    load_accounts(postgres_url, tmp_path)
    rows, source = transactions(30), files(tmp_path / "tx")
    write(tmp_path / "tx" / "t.csv", [*rows[1:], rows[0] | {"fees": "-1"}])
    load(postgres_url, "transactions", source, JANUARY, read="t.csv")
    assert query(postgres_url, "select count(*) from vault.customer_identity where subject_id ="
                 " 'quarantine'") == [(1,)]  # fmt: skip
    write(tmp_path / "tx" / "t.csv", rows)
    load(postgres_url, "transactions", source, JANUARY, read="t.csv")
    assert query(postgres_url, "select count(*) from bronze.transactions") == [(30,)]
    assert query(postgres_url, "select count(*) from quarantine.rejected_rows") == [(0,)]
    assert query(postgres_url, "select count(*) from vault.customer_identity where subject_id ="
                 " 'quarantine'") == [(0,)]  # fmt: skip


def _write_days(folder: Path) -> None:
    """A file a day for ten days, each with one row that has no day and one that is no row."""
    for day in range(1, 11):
        at = f"2025-01-{day:02d}T09:00:00Z"
        rows = [
            row | {"transaction_id": f"{day}-{n}", "transaction_date": at}
            for n, row in enumerate(transactions(60))
        ]
        bad = rows[0] | {"transaction_id": f"{day}-bad", "transaction_date": ""}
        name = f"2025/01/tx_202501{day:02d}.csv"
        write(folder / name, rows, line(bad), b"broken,line\n")


DATED = "{date:%Y}/{date:%m}/tx_{date:%Y%m%d}.csv"


def test_a_day_opens_its_own_file_alone_and_owns_all_that_is_in_it(
    postgres_url: str, tmp_path: Path
) -> None:
    load_accounts(postgres_url, tmp_path)
    _write_days(tmp_path / "tx")
    (tmp_path / "tx/2025/01/tx_20250104.csv").write_bytes(b"not,the,columns\n")
    source = files(tmp_path / "tx")
    report = load(postgres_url, "transactions", source, Window.day(date(2025, 1, 3)), read=DATED)
    assert (report.rows_read, report.rows_loaded, report.rows_rejected) == (62, 60, 2)
    rejected = query(postgres_url, "select partition_date, rule from quarantine.rejected_rows")
    assert sorted(rejected) == [
        (date(2025, 1, 3), "columns(14)"),
        (date(2025, 1, 3), "not_nullable"),
    ]


def test_daily_files_loaded_in_any_order_give_the_same_content(
    postgres_url: str, tmp_path: Path
) -> None:
    load_accounts(postgres_url, tmp_path)
    _write_days(tmp_path / "tx")
    source = files(tmp_path / "tx")
    load(postgres_url, "transactions", source, JANUARY, read=DATED)
    at_once = digests(postgres_url)
    for window in _shuffled_windows(3, Window(date(2025, 1, 1), date(2025, 1, 12)), 4):
        load(postgres_url, "transactions", source, window, read=DATED)
    assert digests(postgres_url) == at_once
    assert query(postgres_url, "select count(*) from bronze.transactions") == [(600,)]


def test_a_row_of_another_day_than_its_file_is_rejected_and_not_lost(
    postgres_url: str, tmp_path: Path
) -> None:
    load_accounts(postgres_url, tmp_path)
    rows = [row | {"transaction_date": "2025-01-03T09:00:00Z"} for row in transactions(40)]
    rows[5]["transaction_date"] = "2025-01-02T23:59:59Z"
    write(tmp_path / "tx" / "tx_2025-01-03.csv", rows)
    source = files(tmp_path / "tx")
    for window in (Window.day(date(2025, 1, 3)), JANUARY):
        report = load(postgres_url, "transactions", source, window, read="tx_{date}.csv")
        assert report.reasons == {"transaction_date day_of_file(2025-01-03)": 1}
        assert report.rows_loaded == 39


def test_a_key_of_two_daily_files_is_judged_alike_by_a_day_and_by_a_month(
    postgres_url: str, tmp_path: Path
) -> None:
    load_accounts(postgres_url, tmp_path)
    for day in (date(2025, 1, 3), date(2025, 1, 4)):
        at = f"{day}T09:00:00Z"
        rows = [row | {"transaction_date": at} for row in transactions(30)]
        write(tmp_path / "tx" / f"tx_{day}.csv", [*rows, rows[7]])
    source = files(tmp_path / "tx")
    load(postgres_url, "transactions", source, JANUARY, read="tx_{date}.csv")
    at_once = digests(postgres_url)
    load(postgres_url, "transactions", source, Window.day(date(2025, 1, 4)), read="tx_{date}.csv")
    assert digests(postgres_url) == at_once
    assert query(postgres_url, "select count(*) from bronze.transactions") == [(60,)]


def test_a_day_without_a_file_is_an_empty_day(postgres_url: str, tmp_path: Path) -> None:
    load_accounts(postgres_url, tmp_path)
    path = write(
        tmp_path / "tx" / "tx_2025-01-03.csv",
        [row | {"transaction_date": "2025-01-03T09:00:00Z"} for row in transactions(40)],
    )
    day, source = Window.day(date(2025, 1, 3)), files(tmp_path / "tx")
    assert load(postgres_url, "transactions", source, day, read="tx_{date}.csv").rows_loaded == 40
    path.unlink()
    assert load(postgres_url, "transactions", source, day, read="tx_{date}.csv").rows_read == 0
    assert query(postgres_url, "select count(*) from bronze.transactions") == [(0,)]


_DOOMED = """
import sys
from dataclasses import replace
from pathlib import Path
from finplatform_tests.integration.ingest_cases import JANUARY, SETTINGS, files, load

class Slow:
    def __init__(self, source):
        self.source = source
    def __getattr__(self, name):
        return getattr(self.source, name)
    def read(self, request):
        for number, batch in enumerate(self.source.read(request)):
            yield batch
            if number == 2:
                print("rows are streaming", flush=True)
                sys.stdin.read()

load(sys.argv[1], "transactions", Slow(files(Path(sys.argv[2]))), JANUARY,
     settings=replace(SETTINGS, batch_rows=300), read="*.csv")
"""


def test_a_load_killed_while_rows_stream_changes_nothing_and_can_be_run_again(
    postgres_url: str, tmp_path: Path
) -> None:
    load_accounts(postgres_url, tmp_path)
    source = files(tmp_path / "tx")
    broken_file(tmp_path / "tx" / "january.csv", 2_000, share=0.03, seed=1)
    load(postgres_url, "transactions", source, JANUARY, read="*.csv")
    before = digests(postgres_url)

    broken_file(tmp_path / "tx" / "january.csv", 2_000, share=0.03, seed=2)
    with subprocess.Popen(
        [sys.executable, "-c", _DOOMED, postgres_url, str(tmp_path / "tx")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "rows are streaming\n"
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert digests(postgres_url) == before

    load(postgres_url, "transactions", source, JANUARY, read="*.csv")
    after = digests(postgres_url)
    query(postgres_url, "delete from bronze.transactions returning 1")
    query(postgres_url, "delete from quarantine.rejected_rows returning 1")
    load(postgres_url, "transactions", source, JANUARY, read="*.csv")
    assert digests(postgres_url) == after
    assert after != before


class _Waiting(FilesConnector):
    """A source that stops after its first batch until it is let go on."""

    def __init__(self, source: FilesConnector) -> None:
        super().__init__(source._source, source._root)
        self.is_under_way = threading.Event()
        self.may_go_on = threading.Event()

    def read(self, request: ReadRequest) -> Iterator[Batch]:
        for batch in super().read(request):
            yield batch
            self.is_under_way.set()
            waiting.wait_for(self.may_go_on)


def test_two_loads_of_one_table_at_once_are_as_good_as_one_after_the_other(
    postgres_url: str, tmp_path: Path
) -> None:
    load_accounts(postgres_url, tmp_path)
    write(tmp_path / "tx" / "t.csv", transactions(400))
    first, last = Window.through(date(2025, 1, 1), date(2025, 1, 20)), JANUARY
    stopped = _Waiting(files(tmp_path / "tx"))

    def run(window: Window, source: FilesConnector) -> None:
        load(postgres_url, "transactions", source, window, read="t.csv")

    one = threading.Thread(target=run, args=(first, stopped))
    two = threading.Thread(target=run, args=(last, files(tmp_path / "tx")))
    one.start()
    waiting.wait_for(stopped.is_under_way)
    two.start()
    waiting.wait_until_a_session_waits(postgres_url)
    stopped.may_go_on.set()
    waiting.wait_for_end(one, two)
    assert query(
        postgres_url, "select count(*), count(distinct transaction_id) from bronze.transactions"
    ) == [(400, 400)]


def test_an_empty_file_empties_its_window(postgres_url: str, tmp_path: Path) -> None:
    load_accounts(postgres_url, tmp_path)
    path = write(tmp_path / "tx" / "t.csv", transactions(40))
    load(postgres_url, "transactions", files(tmp_path / "tx"), JANUARY, read="t.csv")
    path.write_text(",".join(COLUMNS) + "\n")
    report = load(postgres_url, "transactions", files(tmp_path / "tx"), JANUARY, read="t.csv")
    assert (report.rows_read, report.rows_loaded) == (0, 0)
    assert query(postgres_url, "select count(*) from bronze.transactions") == [(0,)]
