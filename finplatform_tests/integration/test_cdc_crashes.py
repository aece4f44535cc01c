"""Whatever is killed while four writers write, nothing is lost and nothing is stored twice."""

from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from finplatform.warehouse.embedded import EmbeddedServer, free_port
from finplatform.warehouse.embedded.cluster import LOCAL, SUPERUSER
from finplatform.warehouse.embedded.layout import Layout
from finplatform_tests.integration.captured_cases import SCHEMA, Bank, branch, price
from finplatform_tests.integration.cdc_crashes import HISTORY, Outcome, run

pytestmark = pytest.mark.integration

SEED = 20_250_110


def _check(outcome: Outcome, reported: pytest.FixtureRequest) -> None:
    writer = reported.config.get_terminal_writer()
    for table, (source, stored) in outcome.digests.items():
        writer.line(f"{table}: {source[0]} rows, md5 {source[1]} in the source, {stored[1]} stored")
    writer.line(
        f"{outcome.written} versions written, {len(outcome.lost)} lost,"
        f" {len(outcome.doubled)} doubled, seed {SEED}"
    )
    assert all(source == stored for source, stored in outcome.digests.values())
    assert outcome.lost == []
    assert outcome.doubled == []


def test_kills_lose_nothing_and_double_nothing(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    outcome = run(tmp_path, free_port(), transactions=600, server_kills=2, kills=4, seed=SEED)
    _check(outcome, request)


def test_a_slot_that_the_server_gave_up_is_replaced_and_everything_is_read_anew(
    tmp_path: Path,
) -> None:
    server = EmbeddedServer(tmp_path, port=free_port(), memory_mb=1_024)
    try:
        server.start()
        layout = Layout(tmp_path)
        (layout.data / LOCAL).write_text("max_slot_wal_keep_size = '1MB'\n")
        server.stop()
        location = make_url(server.start().url("finplatform"))
        bank = Bank(location.render_as_string(hide_password=False))
        bank.run(SCHEMA, branch(1), price(1))
        bank.load_all(HISTORY)
        bank.run(branch(2), price(2))
        secret = layout.password_file.read_text()
        superuser = location.set(username=SUPERUSER, password=secret)
        url = superuser.render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True) as connection:
            for _ in range(4):
                connection.execute("create table filler as select generate_series(1, 1000)")
                connection.execute("drop table filler")
                connection.execute("select pg_switch_wal()")
            connection.execute("checkpoint")
        (state,) = capture_states(bank)
        assert state == "lost"
        bank.load_all(HISTORY)
        assert capture_states(bank) == ["reserved"]
        assert bank.rows("select count(distinct branch_id) from bronze.branches") == [(2,)]
        assert bank.rows("select count(*) from bronze.market_data") == [(2,)]
        ((detail,),) = bank.rows("select detail from ops.capture_events where event = 'read anew'")
        assert "the slot is lost" in detail
    finally:
        server.stop()


def capture_states(bank: Bank) -> list[str]:
    """What the server says of the slots."""
    return [state for (state,) in bank.rows("select wal_status from pg_replication_slots")]


@pytest.mark.soak
def test_many_kills_lose_nothing_and_double_nothing(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    outcome = run(tmp_path, free_port(), transactions=40_000, server_kills=12, kills=36, seed=SEED)
    _check(outcome, request)
