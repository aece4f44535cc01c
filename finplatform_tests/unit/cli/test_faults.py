"""What breaks beneath a command becomes two sentences without statements and values."""

import errno
import shutil
from pathlib import Path
from types import SimpleNamespace

import psycopg
import psycopg2
import pytest
import sqlalchemy.exc
from adbc_driver_manager import AdbcStatusCode, OperationalError

from finplatform.cli import faults
from finplatform.errors import FinplatformError
from finplatform.settings import Settings, get_settings

CLOSED = "server closed the connection unexpectedly\n\tThis probably means the server terminated"
STATEMENT = "insert into event_logs values ('Canary')"

pytestmark = pytest.mark.usefixtures("settings")


def through_sqlalchemy(error: Exception) -> Exception:
    return sqlalchemy.exc.OperationalError(STATEMENT, {"name": "Canary"}, error)


@pytest.mark.parametrize(
    "error",
    [
        psycopg.OperationalError(CLOSED),
        psycopg.OperationalError("consuming input failed: could not receive data"),
        psycopg.errors.AdminShutdown("terminating connection due to administrator command"),
        psycopg.errors.CannotConnectNow("the database system is starting up"),
        through_sqlalchemy(psycopg2.OperationalError(CLOSED)),
        through_sqlalchemy(psycopg2.OperationalError("connection to server on socket failed: no")),
        OperationalError(CLOSED, status_code=AdbcStatusCode.IO, sqlstate="57P01"),
    ],
)
def test_a_server_that_is_gone_is_said_with_what_to_do(error: Exception) -> None:
    fault = faults.explained(error)
    assert fault is not None
    assert "database server ended" in fault.message
    assert "Run the command again" in fault.hint
    assert "Canary" not in str(fault)


def test_a_server_of_others_is_not_said_to_be_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FINPLATFORM_DATABASE_URL", "postgresql://a:b@c/d")
    get_settings.cache_clear()
    fault = faults.explained(psycopg.OperationalError(CLOSED))
    assert fault is not None
    assert "FINPLATFORM_DATABASE_URL" in fault.message
    assert "starts the server" not in fault.hint


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        psycopg.errors.DiskFull("could not extend file"),
        through_sqlalchemy(psycopg2.OperationalError("could not write: No space left on device")),
        psycopg.OperationalError("could not write to file: No space left on device"),
    ],
)
def test_a_full_disk_is_said_with_what_to_do(error: Exception) -> None:
    fault = faults.explained(error)
    assert fault is not None
    assert "is full" in fault.message
    assert "Free some space" in fault.hint


def test_a_server_that_ended_on_a_full_disk_is_said_to_want_room(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.mkdir()
    usage = SimpleNamespace(total=2**30, used=2**30 - 2**20, free=2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    fault = faults.explained(psycopg.OperationalError(CLOSED))
    assert fault is not None
    assert "is full (1 MiB free)" in fault.message


def test_a_cause_beneath_other_errors_is_found() -> None:
    try:
        try:
            raise psycopg.OperationalError(CLOSED)
        except psycopg.Error as cause:
            raise RuntimeError("a step failed") from cause
    except RuntimeError as error:
        fault = faults.explained(error)
    assert fault is not None
    assert "ended" in fault.message


@pytest.mark.parametrize(
    "error",
    [
        psycopg.errors.UniqueViolation("duplicate key, Key (name)=(Canary) already exists"),
        psycopg.errors.InvalidTextRepresentation('invalid input syntax for integer: "Canary"'),
        psycopg.errors.RaiseException("Canary is not welcome"),
    ],
)
def test_messages_that_quote_values_are_not_repeated(error: psycopg.Error) -> None:
    fault = faults.explained(error)
    assert fault is not None
    assert error.sqlstate is not None
    assert error.sqlstate in fault.message
    assert "Canary" not in str(fault)


@pytest.mark.parametrize("error", [KeyError("x"), ValueError("connection refused"), OSError(2, "")])
def test_a_defect_keeps_its_traceback(error: Exception) -> None:
    assert faults.explained(error) is None


def test_an_error_with_a_sentence_of_its_own_keeps_it() -> None:
    error = FinplatformError("It is so.", "Do that.")
    assert faults.explained(error) is error


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (f"bronze__customers: {CLOSED}", "ended"),
        ("step: The connection to database finplatform was lost: x.", "ended"),
        ("step: The database does not answer: connection refused", "ended"),
        ("dbt: could not extend file: No space left on device", "is full"),
        ('gold__pd_grades: relation "gold.rating_scale" does not exist', "gold.rating_scale"),
    ],
)
def test_a_steps_message_is_recognised(reason: str, words: str) -> None:
    fault = faults.recognised(reason)
    assert fault is not None
    assert words in fault.message


def test_a_failed_checks_message_is_not_taken_for_a_fault(settings: Settings) -> None:
    assert faults.recognised("gold/x: contract: column y: 3 rows below 0") is None
