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

from finplatform.errors import FinplatformError
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
        (date(2025, 1, 3), "columns(15)"),
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


def _day_file(folder: Path, day: date, *numbers: int) -> Path:
    rows = transactions(max(numbers) + 1)
    dated = [rows[n] | {"transaction_date": f"{day}T09:00:00Z"} for n in numbers]
    return write(folder / f"tx_{day}.csv", dated)


def test_a_row_that_moves_to_another_day_is_held_once_and_both_days_are_named(
    postgres_url: str, tmp_path: Path
) -> None:
    load_accounts(postgres_url, tmp_path)
    third, fifth, folder = date(2025, 1, 3), date(2025, 1, 5), tmp_path / "tx"
    _day_file(folder, third, *range(30))
    _day_file(folder, fifth, *range(30, 60))
    source = files(folder)
    load(postgres_url, "transactions", source, Window.through(third, fifth), read="tx_{date}.csv")
    before = digests(postgres_url)
    _day_file(folder, third, *range(29))
    _day_file(folder, fifth, *range(29, 60))
    with pytest.raises(FinplatformError, match=r"T0000029.* stored under 2025-01-03") as refused:
        load(postgres_url, "transactions", source, Window.day(fifth), read="tx_{date}.csv")
    assert "--from 2025-01-03 --to 2025-01-05" in str(refused.value.hint)
    assert digests(postgres_url) == before
    load(postgres_url, "transactions", source, Window.through(third, fifth), read="tx_{date}.csv")
    assert query(
        postgres_url,
        "select count(*), count(distinct transaction_id), max(transaction_date::date)"
        " filter (where transaction_id = 'T0000029') from bronze.transactions",
    ) == [(60, 60, fifth)]


def test_a_row_that_moves_back_or_is_loaded_day_by_day_from_the_older_one_is_no_mistake(
    postgres_url: str, tmp_path: Path
) -> None:
    load_accounts(postgres_url, tmp_path)
    third, fifth, folder = date(2025, 1, 3), date(2025, 1, 5), tmp_path / "tx"
    _day_file(folder, third, *range(30))
    _day_file(folder, fifth, *range(30, 60))
    source = files(folder)
    load(postgres_url, "transactions", source, JANUARY, read="tx_{date}.csv")
    _day_file(folder, third, *range(29))
    _day_file(folder, fifth, *range(29, 60))
    for day in (third, fifth):
        load(postgres_url, "transactions", source, Window.day(day), read="tx_{date}.csv")
    in_days = digests(postgres_url)
    load(postgres_url, "transactions", source, JANUARY, read="tx_{date}.csv")
    assert digests(postgres_url) == in_days


def test_a_key_in_two_daily_files_counts_once(postgres_url: str, tmp_path: Path) -> None:
    load_accounts(postgres_url, tmp_path)
    folder = tmp_path / "tx"
    _day_file(folder, date(2025, 1, 3), *range(30))
    _day_file(folder, date(2025, 1, 4), *range(29, 60))
    report = load(postgres_url, "transactions", files(folder), JANUARY, read="tx_{date}.csv")
    assert report.reasons == {"transaction_id unique(transaction_id)": 1}
    assert report.rows_loaded == 60


def test_a_day_whose_file_has_gone_is_not_emptied(postgres_url: str, tmp_path: Path) -> None:
    load_accounts(postgres_url, tmp_path)
    third, folder = date(2025, 1, 3), tmp_path / "tx"
    path = _day_file(folder, third, *range(40))
    source = files(folder)
    load(postgres_url, "transactions", source, JANUARY, read="tx_{date}.csv")
    before = digests(postgres_url)
    path.rename(folder / "tx.away")
    for window in (Window.day(third), JANUARY):
        with pytest.raises(FinplatformError, match="no file of transactions for 2025-01-03"):
            load(postgres_url, "transactions", source, window, read="tx_{date}.csv")
        assert digests(postgres_url) == before
    path.write_text(",".join(COLUMNS) + "\n")
    assert load(postgres_url, "transactions", source, JANUARY, read="tx_{date}.csv").rows_read == 0
    assert query(postgres_url, "select count(*) from bronze.transactions") == [(0,)]


def test_a_file_put_back_to_earlier_content_is_what_counts(
    postgres_url: str, tmp_path: Path
) -> None:
    load_accounts(postgres_url, tmp_path)
    third, folder = date(2025, 1, 3), tmp_path / "tx"
    _day_file(folder, third, *range(40))
    source, first = files(folder), None
    for numbers in (range(40), range(10), range(40)):
        _day_file(folder, third, *numbers)
        load(postgres_url, "transactions", source, Window.day(third), read="tx_{date}.csv")
        first = first or digests(postgres_url)
    assert digests(postgres_url) == first


def test_a_day_that_never_had_a_file_is_an_empty_day(postgres_url: str, tmp_path: Path) -> None:
    load_accounts(postgres_url, tmp_path)
    _day_file(tmp_path / "tx", date(2025, 1, 3), *range(40))
    saturday, source = Window.day(date(2025, 1, 4)), files(tmp_path / "tx")
    report = load(postgres_url, "transactions", source, saturday, read="tx_{date}.csv")
    assert (report.rows_read, report.rows_loaded) == (0, 0)


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
