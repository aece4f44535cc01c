"""What the live page reads: new rows of any kind, sums that are true, and no source as such."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from finplatform.api.app import live_poll
from finplatform.api.database import Reader
from finplatform.api.live.reading import Reading
from finplatform.warehouse.reader_role import open_reader
from finplatform_tests.integration.live.bank import LiveBank

pytestmark = pytest.mark.integration

Look = Callable[[str], Awaitable[Any]]
"""Reads all sections once more, and gives the values of one."""

RATES = """
create table gold.exchange_rates as
select * from (values ('EUR', current_date - 1, 2.0), ('EUR', current_date, 1.5))
as rates (currency, rate_date, usd_rate)
"""


def watch(bank: LiveBank, story: Callable[[Look], Awaitable[None]]) -> None:
    """Runs a story of changes and looks, all looks by one poll in one session."""

    async def run() -> None:
        poll = live_poll(bank.settings)
        async with Reader(bank.settings).session("test") as session:

            async def look(section: str) -> Any:
                poll.begin()
                found = (await poll.read(session))[section]
                assert found.state == "ok", found
                return found.values

            await story(look)

    asyncio.run(run())


def readings(bank: LiveBank) -> dict[str, Reading]:
    """All sections, read once."""

    async def read() -> dict[str, Reading]:
        async with Reader(bank.settings).session("test") as session:
            return await live_poll(bank.settings).read(session)

    return asyncio.run(read())


def test_without_tables_every_section_has_no_source_and_no_figure(
    empty_database: LiveBank,
) -> None:
    found = readings(empty_database)
    assert set(found) == {"transactions", "alerts", "payments", "stream", "captures", "loads"}
    assert {reading.state for reading in found.values()} == {"no_source"}
    assert {reading.values for reading in found.values()} == {None}
    assert all(reading.why for reading in found.values())


def test_a_bank_without_rows_has_sources_and_nothing_in_them(empty_bank: LiveBank) -> None:
    found = readings(empty_bank)
    assert {found.pop(name).state for name in ("stream", "captures")} == {"no_source"}
    assert {reading.state for reading in found.values()} == {"ok"}
    transactions: Any = found["transactions"].values
    assert (transactions.last_at, transactions.latest, transactions.hours) == (None, [], None)
    assert sum(transactions.minutes.counts) == 0
    loads: Any = found["loads"].values
    assert (loads.loads, loads.transactions) == ([], None)


def test_a_new_row_is_in_the_next_look_and_counted_once(empty_bank: LiveBank) -> None:
    async def story(look: Look) -> None:
        empty_bank.add_transaction()
        before = await look("transactions")
        key = empty_bank.add_transaction(amount=25, status="FAILED")
        after = await look("transactions")
        assert after.latest[0].id == key
        assert after.latest[0].arrived_at is not None
        assert before.latest[0].arrived_at is None
        assert sum(after.minutes.counts) == sum(before.minutes.counts) + 1 == 2
        assert (after.last_minute.count, after.last_minute.failed) == (2, 1)
        assert sum(after.minutes.failed) == 1
        assert after.last_minute.volume == sum(after.minutes.volume) == 10
        again = await look("transactions")
        assert (again.latest, sum(again.minutes.counts)) == (after.latest, 2)
        # Hours are counted at a pace of their own.
        while sum(again.hours.counts) != 2:
            await asyncio.sleep(0.01)
            again = await look("transactions")
        assert sum(again.hours.failed) == 1

    watch(empty_bank, story)


@pytest.mark.parametrize(
    "given",
    [
        {"transaction_id": 90_000, "transaction_date": datetime(2020, 5, 1, 12, tzinfo=UTC)},
        {"transaction_id": -5},
        {"transaction_id": 90_000, "transaction_date": datetime(2190, 5, 1, tzinfo=UTC)},
    ],
    ids=["of a day long ago", "with a key below all others", "of a day to come"],
)
def test_a_row_is_seen_by_its_key_or_by_its_instant(
    empty_bank: LiveBank, given: dict[str, Any]
) -> None:
    empty_bank.run(
        "insert into oltp.transactions (transaction_id, account_id, transaction_type, amount,"
        " currency, transaction_date, channel, status, fees, exchange_rate)"
        " select n, 'A1', 'CARD_PAYMENT', 1, 'USD', now() - n * interval '1 minute', 'POS',"
        " 'COMPLETED', 0, 1 from generate_series(1, 1000) as n"
    )

    async def story(look: Look) -> None:
        before = await look("transactions")
        key = empty_bank.add_transaction(**given)
        after = await look("transactions")
        assert after.latest[0].id == key
        assert after.latest[1:] == before.latest[:-1]
        assert after.last_at <= datetime.now(UTC)

    watch(empty_bank, story)


def test_a_row_that_commits_after_later_ones_is_seen(empty_bank: LiveBank) -> None:
    async def story(look: Look) -> None:
        await look("transactions")
        with psycopg.connect(empty_bank.url) as slow:
            slow.execute(
                "insert into oltp.transactions (transaction_id, account_id, transaction_type,"
                " amount, currency, transaction_date, channel, status, fees, exchange_rate)"
                " values (500, 'A1', 'CARD_PAYMENT', 1, 'USD', now() - interval '1 hour', 'POS',"
                " 'COMPLETED', 0, 1)"
            )
            later = empty_bank.add_transaction(transaction_id=501)
            assert [one.id for one in (await look("transactions")).latest] == [later]
        assert {one.id for one in (await look("transactions")).latest} == {later, "500"}

    watch(empty_bank, story)


def test_a_state_that_changes_is_shown_on_the_same_row(empty_bank: LiveBank) -> None:
    async def story(look: Look) -> None:
        await look("transactions")
        key = empty_bank.add_transaction(status="PENDING")
        pending = await look("transactions")
        empty_bank.run("update oltp.transactions set status = 'FAILED'")
        failed = await look("transactions")
        assert [(one.id, one.status) for one in failed.latest] == [(key, "FAILED")]
        assert failed.latest[0].arrived_at == pending.latest[0].arrived_at
        assert (pending.last_minute.pending, failed.last_minute.pending) == (1, 0)
        assert failed.last_minute.failed == sum(failed.minutes.failed) == 1

    watch(empty_bank, story)


def test_a_table_that_is_made_anew_is_begun_anew(empty_bank: LiveBank) -> None:
    async def story(look: Look) -> None:
        empty_bank.add_transaction()
        await look("transactions")
        empty_bank.run(
            "create table oltp.others (like oltp.transactions including indexes);"
            " drop table oltp.transactions; alter table oltp.others rename to transactions"
        )
        open_reader(empty_bank.settings)
        assert (await look("transactions")).latest == []

    watch(empty_bank, story)


def test_volume_is_in_the_one_currency_there_is(empty_bank: LiveBank) -> None:
    empty_bank.add_transaction(currency="CHF", amount=7)
    values: Any = readings(empty_bank)["transactions"].values
    assert (values.currency, values.last_minute.volume, values.left_out) == ("CHF", 7, [])


def test_volume_of_several_currencies_is_at_the_latest_rates_and_names_what_it_lacks(
    empty_bank: LiveBank,
) -> None:
    empty_bank.run(RATES)
    for currency, amount in (("USD", 1), ("EUR", 10), ("XAF", 1000)):
        empty_bank.add_transaction(currency=currency, amount=amount)
    empty_bank.add_transaction(amount=99, status="REVERSED")
    empty_bank.add_transaction(amount="NaN")
    values: Any = readings(empty_bank)["transactions"].values
    assert (values.currency, values.last_minute.volume, values.left_out) == ("USD", 16, ["XAF"])
    assert values.last_minute.count == 5


def test_a_source_elsewhere_is_seen_in_bronze_when_it_is_loaded(empty_database: LiveBank) -> None:
    empty_database.make_warehouse("transactions")
    day = (datetime.now(UTC) - timedelta(days=3)).date()

    def load(key: str) -> None:
        empty_database.run(
            "insert into bronze.transactions (transaction_id, account_id, transaction_type, amount,"
            " currency, transaction_date, channel, status, fees, exchange_rate)"
            " values (%s, 'A1', 'FEE', 2, 'USD', %s, 'POS', 'COMPLETED', 0, 1)",
            key,
            datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
        )
        empty_database.add_load("transactions", window_end=day + timedelta(days=1))

    async def story(look: Look) -> None:
        load("T1")
        assert [one.id for one in (await look("transactions")).latest] == ["T1"]
        load("T2")
        values = await look("transactions")
        assert values.latest[0].id == "T2"
        while sum(values.hours.counts) != 2:
            await asyncio.sleep(0.01)
            values = await look("transactions")
        assert sum(values.minutes.counts) == 0

    watch(empty_database, story)
    loads: Any = readings(empty_database)["loads"].values
    assert (loads.transactions, loads.changes) == (None, None)


def test_captured_changes_that_wait_are_counted(empty_database: LiveBank) -> None:
    empty_database.make_warehouse()
    empty_database.run(
        "insert into ops.captured_sources (source, slot_name, publication, system_id, timeline,"
        " watermark, captured_until, changes, error)"
        " values ('core', 's', 'p', '1', 1, '0/1', now(), 7, 'The server is gone.')"
    )
    empty_database.run(
        "insert into ops.captured_changes (table_name, capture, changes, first_lsn,"
        " first_commit_at, last_commit_at, payload)"
        " values ('branches', 1, 3, '0/1', now() - interval '1 hour', now(), '')"
    )
    values: Any = readings(empty_database)["captures"].values
    assert (values.sources, values.failing, values.changes, values.waiting) == (1, 1, 7, 3)
    assert values.oldest_at < values.captured_until


def test_alerts_come_newest_first_and_are_counted_by_state(empty_bank: LiveBank) -> None:
    long_ago = datetime.now(UTC) - timedelta(days=9)
    empty_bank.add_alert(status="CLOSED", outcome="CONFIRMED_FRAUD", raised_at=long_ago)
    empty_bank.add_alert(status="IN_REVIEW", raised_at=long_ago)

    async def story(look: Look) -> None:
        await look("alerts")
        key = empty_bank.add_alert()
        values = await look("alerts")
        assert values.latest[0].id == key
        assert (values.total, values.open, values.in_review) == (3, 1, 1)
        assert (values.confirmed, values.last_day) == (1, 1)

    watch(empty_bank, story)


def test_payments_in_flight_are_counted_until_they_end(empty_bank: LiveBank) -> None:
    async def story(look: Look) -> None:
        empty_bank.add_payment(status="SUCCESS")
        empty_bank.add_payment(status="FAILED")
        assert (await look("payments")).in_flight == 0
        empty_bank.add_payment(amount=40)
        values = await look("payments")
        assert (values.in_flight, values.amount, values.currency) == (1, 40, "USD")
        assert values.oldest_at is not None
        assert (values.day, values.day_failed) == (3, 1)
        assert (values.settlements_open, values.settlements_overdue) == (0, 0)
        empty_bank.run("update bronze.payments set status = 'SUCCESS'")
        assert (await look("payments")).in_flight == 0

    watch(empty_bank, story)


def test_what_the_source_holds_beyond_the_last_load_waits(empty_bank: LiveBank) -> None:
    today = datetime.now(UTC).date()
    empty_bank.add_transaction(transaction_date=datetime.now(UTC) - timedelta(days=2))
    empty_bank.add_load("transactions", window_end=today - timedelta(days=1), rows_rejected=2)
    empty_bank.add_load("customers")
    empty_bank.run(
        "insert into ops.watermarks select 'customers',"
        " json_build_object('xid', xid::text::bigint, 'journal_id', journal_id)::text"
        " from oltp.change_journal where table_name = 'customers'"
    )

    async def story(look: Look) -> None:
        values = await look("loads")
        assert (values.transactions.rows, values.changes.rows) == (0, 0)
        assert [load.table for load in values.loads] == ["transactions", "customers"]
        assert [load.rejected for load in values.loads] == [2, 0]
        assert [load.last_day for load in values.loads] == [today - timedelta(days=2), None]
        empty_bank.add_transaction()
        empty_bank.run("update oltp.customers set city = 'Elsewhere'")
        values = await look("loads")
        assert (values.transactions.rows, values.changes.rows) == (1, 1)

    watch(empty_bank, story)


def test_a_section_that_cannot_be_read_leaves_the_others_as_they_are(empty_bank: LiveBank) -> None:
    empty_bank.run("alter table bronze.fraud_alerts drop column score")
    found = readings(empty_bank)
    assert found["alerts"].state == "failed"
    assert found["alerts"].why == "the table has other columns than expected"
    assert found["alerts"].values is None
    assert found["transactions"].state == "ok"


def test_the_reader_sees_of_the_source_what_the_page_counts_and_nobody_in_it(
    empty_bank: LiveBank,
) -> None:
    empty_bank.add_transaction()
    with open_reader(empty_bank.settings).connect() as connection:
        connection.autocommit = True
        connection.execute("select transaction_id, amount, status from oltp.transactions")
        for hidden in (
            "account_id from oltp.transactions",
            "description from oltp.transactions",
            "* from oltp.transactions",
            "row_data from oltp.change_journal",
            "entity_id from oltp.change_journal",
            "last_name from oltp.customers",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"select {hidden}".encode())
