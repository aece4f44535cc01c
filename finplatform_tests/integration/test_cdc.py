"""Captured tables: what is stored is what the source holds, change by change."""

from datetime import UTC, date, datetime

import psycopg
import pytest

from finplatform.cdc import slot
from finplatform.cdc.capture import end_capture
from finplatform.cdc.pending import pending, request_reload
from finplatform.errors import FinplatformError
from finplatform.windows import Window
from finplatform_tests.integration.captured_cases import (
    DAY,
    FIRST_DAY,
    LAST_DAY,
    SCHEMA,
    Bank,
    assessment,
    branch,
    price,
)

pytestmark = pytest.mark.integration

HISTORY = Window.through(FIRST_DAY, LAST_DAY)
RENAME = "update core.branches set branch_name = '{}' where branch_id = 'BR001'"


@pytest.fixture
def bank(postgres_url: str) -> Bank:
    """A source with a branch, a price and an assessment, nothing of it loaded."""
    bank = Bank(postgres_url)
    bank.run(SCHEMA, branch(1), price(1), assessment(1))
    return bank


@pytest.fixture
def loaded(bank: Bank) -> Bank:
    """The same, loaded."""
    bank.load_all(HISTORY)
    return bank


def log(bank: Bank) -> list[tuple]:
    """The branches' log."""
    return bank.rows(
        "select branch_id, branch_name, _op from bronze.branches order by _changed_at, _lsn"
    )


def prices(bank: Bank) -> list[tuple]:
    """Stored prices."""
    return bank.rows(
        "select symbol, data_date, close_price::int from bronze.market_data order by symbol"
    )


def events(bank: Bank) -> list[tuple]:
    """What happened to the capture."""
    return bank.rows("select event, table_name, detail from ops.capture_events order by event_id")


def test_an_entity_has_each_change_with_its_commit_and_place_in_the_log(loaded: Bank) -> None:
    before = datetime.now(UTC)
    loaded.run(branch(2), RENAME.format("Old"))
    loaded.run(RENAME.format("New"))
    loaded.run("delete from core.branches where branch_id = 'BR002'")
    after = datetime.now(UTC)
    assert loaded.load("branches").rows_loaded == 4
    assert log(loaded) == [
        ("BR001", "Main", "r"),
        ("BR002", "Main", "c"),
        ("BR001", "Old", "u"),
        ("BR001", "New", "u"),
        ("BR002", "Main", "d"),
    ]
    changes = loaded.rows(
        "select _changed_at, _lsn from bronze.branches where _op <> 'r' order by _lsn"
    )
    assert [at for at, _ in changes] == sorted(at for at, _ in changes)
    assert all(before <= at <= after for at, _ in changes)
    assert changes[0][0] == changes[1][0]
    assert loaded.load("branches").rows_read == 0


def test_events_follow_their_source(loaded: Bank) -> None:
    loaded.run(price(2), "update core.market_data set close_price = 11 where data_id = 1")
    loaded.run("update core.market_data set close_price = 12 where data_id = 1", price(3))
    loaded.run("delete from core.market_data where data_id = 2")
    loaded.load("market_data", DAY)
    assert prices(loaded) == [("S1", DAY.start, 12), ("S3", DAY.start, 10)]


def test_a_whole_table_follows_its_source(loaded: Bank) -> None:
    loaded.run(assessment(2), "update core.risk_assessments set credit_score = 500")
    loaded.run("delete from core.risk_assessments where assessment_id = 1")
    loaded.load("risk_assessments")
    stored = "select assessment_id, credit_score from bronze.risk_assessments"
    assert loaded.rows(stored) == [("2", 500)]


def test_a_late_change_names_its_day_alone(loaded: Bank) -> None:
    late = date(2025, 1, 2)
    loaded.run(price(7, late))
    loaded.capture()
    (one,) = pending(loaded.url)
    assert (one.table, one.day, one.changes, one.reason) == ("market_data", late, 1, None)
    mark = one.mark
    loaded.run("update core.market_data set close_price = 12 where data_id = 7")
    loaded.capture()
    (again,) = pending(loaded.url)
    assert again.mark != mark
    loaded.load("market_data", Window.day(late))
    assert pending(loaded.url) == []
    assert ("S7", late, 12) in prices(loaded)


def test_a_row_that_moves_to_another_day_changes_both(loaded: Bank) -> None:
    there = date(2025, 2, 1)
    loaded.run(f"update core.market_data set data_date = '{there}' where data_id = 1")
    loaded.capture()
    assert [one.day for one in pending(loaded.url)] == [DAY.start, there]
    loaded.load("market_data", Window.day(there))
    loaded.load("market_data", DAY)
    assert prices(loaded) == [("S1", there, 10)]


def test_a_day_that_was_never_loaded_is_read_when_it_is(bank: Bank) -> None:
    bank.capture()
    bank.run(price(2, date(2025, 2, 1)))
    bank.capture()
    (one,) = pending(bank.url)
    assert (one.day, one.changes, one.reason) == (date(2025, 2, 1), 0, "not read yet")
    bank.load("market_data", HISTORY)
    assert len(prices(bank)) == 2
    assert pending(bank.url) == []


def test_what_is_rolled_back_never_comes(loaded: Bank) -> None:
    with psycopg.connect(loaded.url) as writer:
        writer.execute(branch(2).encode())
        writer.rollback()
    assert loaded.load("branches").rows_read == 0


def test_a_transaction_that_is_open_during_the_read_comes_once(bank: Bank) -> None:
    bank.capture()
    with psycopg.connect(bank.url) as writer:
        writer.execute(branch(2).encode())
        writer.execute(price(2).encode())
        bank.load_all(HISTORY)
        writer.commit()
    bank.load_all(HISTORY)
    assert log(bank) == [("BR001", "Main", "r"), ("BR002", "Main", "c")]
    assert len(prices(bank)) == 2


def test_a_change_that_the_read_has_seen_does_not_come_again(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank.capture()
    with monkeypatch.context() as patch:
        # What commits between the capture and the read is seen by the read, and captured later.
        patch.setattr("finplatform.ingest.captured.capture", lambda *_: None)
        bank.load_all(HISTORY)
        bank.run(RENAME.format("Seen"), price(2))
        for table, window in (("branches", None), ("market_data", DAY)):
            request_reload(bank.url, table, window, "test")
            bank.load(table, window)
    bank.run(RENAME.format("New"), "update core.market_data set close_price = 9")
    bank.load_all(HISTORY)
    assert log(bank) == [
        ("BR001", "Main", "r"),
        ("BR001", "Seen", "u"),
        ("BR001", "New", "u"),
    ]
    assert prices(bank) == [("S1", DAY.start, 9), ("S2", DAY.start, 9)]


def test_a_capture_that_dies_before_the_slot_moves_is_not_repeated(
    loaded: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> int:
        raise RuntimeError

    loaded.run(branch(2), price(2))
    with monkeypatch.context() as patch:
        patch.setattr(slot, "advance", killed)
        with pytest.raises(RuntimeError):
            loaded.capture()
    loaded.run(branch(3))
    assert loaded.capture().changes == {"branches": 1}
    loaded.load_all(HISTORY)
    assert [row[0] for row in log(loaded)] == ["BR001", "BR002", "BR003"]
    assert len(prices(loaded)) == 2


def test_a_truncated_table_is_empty(loaded: Bank) -> None:
    loaded.run("truncate core.branches, core.market_data, core.risk_assessments")
    loaded.run(branch(2))
    loaded.load_all(HISTORY)
    assert {row[0]: row[2] for row in log(loaded)} == {"BR001": "d", "BR002": "c"}
    assert prices(loaded) == []
    assert loaded.rows("select count(*) from bronze.risk_assessments") == [(0,)]


def test_text_that_is_stored_out_of_line_is_kept(loaded: Bank) -> None:
    loaded.run("alter table core.risk_assessments alter notes set storage external")
    loaded.run("update core.risk_assessments set notes = repeat('n', 499)")
    loaded.run(
        "alter table core.risk_assessments add filler text",
        "update core.risk_assessments set filler = repeat('f', 5000)",
    )
    loaded.run("update core.risk_assessments set credit_score = 500")
    loaded.load("risk_assessments")
    stored = "select credit_score, length(notes) from bronze.risk_assessments"
    assert loaded.rows(stored) == [(500, 499)]


def test_a_change_of_the_schema_is_noted_and_goes_on(loaded: Bank) -> None:
    loaded.run(RENAME.format("One"))
    loaded.load("branches")
    loaded.run("alter table core.branches add manager text, drop column opened_date")
    loaded.run("alter table core.branches add opened_date date default '2016-07-01'")
    loaded.run(RENAME.format("Two"))
    loaded.load("branches")
    assert [row[1] for row in log(loaded)] == ["Main", "One", "Two"]
    assert ("schema changed", "branches", "manager text added") in events(loaded)


@pytest.mark.parametrize("loss", ["gone", "read by others", "another server", "history"])
def test_a_gap_is_noticed_and_everything_is_read_anew(loaded: Bank, loss: str) -> None:
    name = loaded.captured.slot_name(_warehouse(loaded))
    loaded.run(branch(2), RENAME.format("Lost"), price(2))
    match loss:
        case "gone":
            loaded.run(f"select pg_drop_replication_slot('{name}')")
        case "read by others":
            loaded.rows(
                "select count(*) from pg_logical_slot_get_binary_changes("
                f"'{name}', null, null, 'proto_version', '1', 'publication_names',"
                " 'finplatform_core')"
            )
        case "another server":
            loaded.run("update ops.captured_sources set system_id = '1'")
        case "history":
            loaded.run("update ops.captured_sources set timeline = timeline + 1")
    assert loss in str(loaded.capture().given_up)
    loaded.run(branch(3))
    loaded.load_all(HISTORY)
    assert {row[0]: row[1] for row in log(loaded)} == {
        "BR001": "Lost",
        "BR002": "Main",
        "BR003": "Main",
    }
    assert len(prices(loaded)) == 2
    assert any(event == "read anew" and loss in detail for event, _, detail in events(loaded))
    assert pending(loaded.url) == []


def test_an_idle_source_lets_go_of_its_log(loaded: Bank) -> None:
    def state() -> tuple:
        (row,) = loaded.rows(
            "select s.confirmed_flush_lsn, c.captured_until from pg_replication_slots as s"
            " inner join ops.captured_sources as c using (slot_name)"
        )
        return row

    before = state()
    loaded.run("create table core.other as select generate_series(1, 10000) as n")
    assert loaded.capture().changes == {}
    after = state()
    assert after[0] > before[0]
    assert after[1] > before[1]


def test_more_than_may_wait_is_read_anew(loaded: Bank) -> None:
    tight = Bank(loaded.url, keep_mb=1)
    loaded.run(
        "insert into core.market_data select n, 'S' || n, '2025-01-10', 10, 12, 8, 9,"
        " ('x' || md5(n::text))::bit(32)::bigint + 2147483648, null, md5(n::text)"
        " from generate_series(10, 60000) as n"
    )
    tight.capture()
    (one,) = pending(loaded.url)
    assert (one.day, one.changes, one.reason) == (DAY.start, 0, "over the limit")
    tight.load("market_data", DAY)
    assert len(prices(loaded)) == 59_992


def test_a_large_transaction_comes_in_pieces(loaded: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    batches = []
    messages = slot.messages

    def counted(*arguments: object) -> object:
        for batch in messages(*arguments):  # type: ignore[arg-type]
            batches.append(batch.height)
            yield batch

    monkeypatch.setattr(slot, "messages", counted)
    monkeypatch.setattr(slot, "BATCH_BYTES", 100_000)
    loaded.run(
        "insert into core.market_data select n, 'S' || n, '2025-01-10', 10, 12, 8, 9, n, null,"
        " 'Tech' from generate_series(10, 20009) as n"
    )
    assert loaded.capture().changes == {"market_data": 20_000}
    assert max(batches) < 5_000
    loaded.load("market_data", DAY)
    assert len(prices(loaded)) == 20_001


def test_a_bad_change_goes_to_quarantine_and_leaves_it_when_it_is_mended(loaded: Bank) -> None:
    loaded.run(*(price(number) for number in range(2, 30)), price(30, close="-1"))
    report = loaded.load("market_data", DAY)
    assert (report.rows_loaded, report.rows_rejected) == (29, 1)
    loaded.run("update core.market_data set close_price = 1 where data_id = 30")
    loaded.load("market_data", DAY)
    assert len(prices(loaded)) == 30
    assert loaded.rows("select count(*) from quarantine.rejected_rows") == [(0,)]


def test_a_row_without_a_day_goes_to_quarantine(loaded: Bank) -> None:
    loaded.run(
        *(price(number) for number in range(2, 30)), price(30).replace("2025-01-10", "infinity")
    )
    assert loaded.load("market_data", DAY).rows_rejected == 1
    assert pending(loaded.url) == []


def test_a_bad_change_of_an_entity_goes_to_quarantine(loaded: Bank) -> None:
    loaded.run(*(branch(number) for number in range(2, 30)))
    loaded.load("branches")
    loaded.run("update core.branches set opened_date = '1700-01-01' where branch_id = 'BR001'")
    loaded.run(RENAME.replace("BR001", "BR002").format("New"))
    assert loaded.load("branches").rows_rejected == 1
    assert log(loaded)[-1] == ("BR002", "New", "u")
    assert len(log(loaded)) == 30


def test_changes_bring_what_a_read_brings(loaded: Bank) -> None:
    loaded.run(*(branch(number) for number in range(2, 9)), price(2), assessment(2))
    loaded.run(RENAME.format("Žižkov"), "update core.market_data set volume = null")
    loaded.load_all(HISTORY)
    stored = [loaded.rows(f"select * from bronze.{table} order by 1") for table in loaded.tables]
    for table in loaded.tables:
        assert request_reload(loaded.url, table, None, "test")
    assert loaded.load("branches").rows_loaded == 0
    loaded.load_all(HISTORY)
    again = [loaded.rows(f"select * from bronze.{table} order by 1") for table in loaded.tables]
    assert again == stored


def test_what_waits_is_sealed(loaded: Bank) -> None:
    loaded.run(RENAME.format("Canary Wharf"))
    loaded.capture()
    loaded.run("update ops.captured_changes set payload = payload || '\\x00'")
    (row,) = loaded.rows("select payload, columns from ops.captured_changes, ops.captured_tables"
                         " where captured_tables.table_name = 'branches'")  # fmt: skip
    assert b"Canary" not in row[0]
    with pytest.raises(FinplatformError, match=r"Captured changes of branches were altered"):
        loaded.load("branches")


def test_a_partitioned_table_is_captured_as_one(postgres_url: str) -> None:
    bank = Bank(postgres_url, tables=("market_data",))
    bank.run(
        SCHEMA.replace("data_id bigint primary key", "data_id bigint").replace(
            "sector text\n);", "sector text\n) partition by range (data_date);"
        ),
        "create table core.january partition of core.market_data"
        " for values from ('2025-01-01') to ('2025-02-01')",
        "create table core.later partition of core.market_data default",
        price(1),
    )
    bank.load("market_data", HISTORY)
    bank.run(price(2), "update core.market_data set close_price = 9 where data_id = 1")
    bank.run("update core.market_data set data_date = '2025-02-01' where data_id = 2")
    bank.load("market_data", HISTORY)
    assert prices(bank) == [("S1", DAY.start, 9), ("S2", date(2025, 2, 1), 10)]


def test_a_table_is_taken_out_and_put_in_again(loaded: Bank) -> None:
    Bank(loaded.url, tables=("market_data",)).capture()
    loaded.run(RENAME.format("Unseen"))
    Bank(loaded.url, tables=("market_data",)).capture()
    loaded.run(branch(2))
    loaded.load("branches")
    loaded.run(RENAME.format("Seen"))
    loaded.load("branches")
    assert [(row[0], row[1]) for row in log(loaded) if row[2] != "r"] == [
        ("BR001", "Unseen"),
        ("BR002", "Main"),
        ("BR001", "Seen"),
    ]


def test_an_ended_capture_leaves_nothing_in_the_source(loaded: Bank) -> None:
    loaded.run(branch(2))
    loaded.capture()
    assert end_capture(loaded.captured, loaded.url)
    left = "select count(*) from pg_replication_slots where database = current_database()"
    assert loaded.rows(left) == [(0,)]
    assert loaded.rows("select count(*) from pg_publication") == [(0,)]
    assert pending(loaded.url) == []
    loaded.load("branches")
    assert [row[0] for row in log(loaded)] == ["BR001", "BR002"]


def test_a_login_without_rights_is_reported_what_to_do(loaded: Bank, postgres_url: str) -> None:
    role = f"poor_{abs(hash(postgres_url)) % 10**8}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"create role {role}".encode())
        connection.execute(f"grant {role} to current_user with set true".encode())
        connection.execute(f"grant usage on schema core to {role}".encode())
        connection.execute(f"grant select on all tables in schema core to {role}".encode())
        try:
            _check_rights(loaded, connection, role)
        finally:
            connection.execute("reset role")
            connection.execute(f"drop owned by {role}".encode())
            connection.execute(f"drop role {role}".encode())


def _check_rights(bank: Bank, connection: psycopg.Connection, role: str) -> None:
    from finplatform.cdc import publication

    end_capture(bank.captured, bank.url)
    connection.execute(f"set role {role}".encode())
    wanted = publication.statements(connection, bank.captured)
    assert wanted[0].startswith('create publication "finplatform_core" for table "core"."branches"')
    with pytest.raises(FinplatformError, match="finplatform cdc setup core --sql"):
        publication.prepare(connection, bank.captured)
    with pytest.raises(FinplatformError, match="may not use replication slots"):
        slot.create(connection, bank.captured, "any")


def _warehouse(bank: Bank) -> str:
    ((name,),) = bank.rows(
        "select system_identifier::text || '/' || current_database() from pg_control_system()"
    )
    return str(name)
