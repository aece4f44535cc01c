"""Two commands that want days of one month go one after the other, and say for whom they wait."""

import threading
from datetime import date

import pytest
from sqlalchemy.engine import make_url

from finplatform.cli.window_hold import held, holder, months
from finplatform.warehouse.database import Warehouse
from finplatform.windows import Window
from finplatform_tests.waiting import wait_until

pytestmark = pytest.mark.integration

JANUARY = Window.through(date(2025, 1, 1), date(2025, 1, 31))
LATE_JANUARY_ON = Window.through(date(2025, 1, 31), date(2025, 3, 1))
FEBRUARY = Window.through(date(2025, 2, 1), date(2025, 2, 28))


@pytest.fixture
def warehouse(postgres_url: str) -> Warehouse:
    return Warehouse(make_url(postgres_url))


def test_a_window_has_the_months_that_it_touches() -> None:
    assert list(months(LATE_JANUARY_ON)) == [2025 * 12 + 1, 2025 * 12 + 2, 2025 * 12 + 3]


def test_the_second_waits_and_names_the_run_that_holds_the_window(
    warehouse: Warehouse, capsys: pytest.CaptureFixture[str]
) -> None:
    order: list[str] = []

    def second() -> None:
        with held(warehouse, LATE_JANUARY_ON):
            order.append("second")

    thread = threading.Thread(target=second)
    with held(warehouse, JANUARY) as hold:
        hold.name_run("12345678-1234-1234-1234-123456789abc", "warehouse_month_end")
        thread.start()
        with warehouse.connect() as connection:
            waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
            wait_until(lambda: connection.execute(waiting.encode()).fetchone() == (1,), "one waits")
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
    said = capsys.readouterr().err.replace("\n", " ")
    assert "run 12345678-1234-1234-1234-123456789abc of warehouse_month_end" in said
    assert "2025-01-31..2025-03-01" in said


def test_other_months_do_not_wait(warehouse: Warehouse) -> None:
    with held(warehouse, JANUARY), held(warehouse, FEBRUARY):
        pass


def test_a_holder_that_is_gone_holds_nothing(warehouse: Warehouse) -> None:
    with pytest.raises(RuntimeError), held(warehouse, JANUARY):
        raise RuntimeError
    with held(warehouse, JANUARY), warehouse.connect() as connection:
        assert holder(connection, 2025 * 12 + 1) == f"a backfill of {JANUARY}"


def test_a_session_that_the_server_ended_does_not_hide_the_error_of_the_block(
    warehouse: Warehouse,
) -> None:
    def fails() -> None:
        with held(warehouse, JANUARY) as hold:
            with warehouse.connect() as other:
                other.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where application_name like 'a backfill%'"
                )
            hold.name_run("x", "daily")
            raise RuntimeError("the first error")

    with pytest.raises(RuntimeError, match="the first error"):
        fails()
