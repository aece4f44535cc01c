"""Closing and restatement of months in the database: preparation, approval, refusal.

A step is one repeatable-read transaction under an exclusive lock. Belongs here: statements on the
tables of closed months. Does not belong here: the allowed steps
(`finplatform.compliance.sox.periods`), and reading versions (`period_versions`).
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

import psycopg
from psycopg import IsolationLevel

from finplatform.compliance.sox import periods
from finplatform.compliance.sox.duties import Person
from finplatform.compliance.sox.frozen_tables import FrozenTable, frozen_tables
from finplatform.compliance.sox.periods import Known, Month, State, TableState, Version
from finplatform.security.audit.events import Event
from finplatform.warehouse import bulk, ddl, period_rows
from finplatform.warehouse.audit_log import record
from finplatform.warehouse.database import Warehouse

APPROVAL = "period approve"
"""Action of an approval in the audit trail."""

_LOCK = 710_042_061
"""Advisory lock of a session that freezes a month."""

_REPORT = "gold.capital_adequacy"
_BALANCES = "gold.fact_balances"

_VERSIONS = """
select period, version, state, reason, prepared_by, prepared_at, fingerprint, approved_by,
    approved_at, audit_event
from compliance.period_versions where period = %s order by version
"""

_CLOSED = "select distinct period from compliance.period_versions where state = 'APPROVED'"

_MISSING_DAYS = """
with balances as (
    select distinct balance_date from gold.fact_balances
    where balance_date >= %(first)s and balance_date < %(end)s
),
expected as (
    select days.day::date as day
    from generate_series(
        case
            when exists (select from gold.fact_balances where balance_date < %(first)s)
                then %(first)s::date
            else (select min(balance_date) from balances)
        end,
        %(end)s::date - 1,
        interval '1 day'
    ) as days (day)
)
select expected.day from expected
left join balances on expected.day = balances.balance_date
where balances.balance_date is null order by expected.day
"""

_HELD = """
select held_table, title from ops.incidents
where ended_at is null and held_table = any(%(tables)s)
    and days && datemultirange(daterange(%(first)s, %(end)s))
order by held_table, incident_id
"""

_LOADED = """
select max(loaded_at) from ops.load_log
where table_name = any(%(tables)s) and window_start < %(end)s and window_end > %(first)s
"""

_NOTE = """
insert into compliance.period_events (period, version, action, actor, role, reason, detail)
values (%s, %s, %s, %s, %s, %s, %s::jsonb)
"""

_PREPARE = """
insert into compliance.period_versions (period, version, state, reason, prepared_by, fingerprint)
values (%(period)s, %(version)s, 'PREPARED', %(reason)s, %(by)s, %(fingerprint)s)
on conflict (period, version) do update set
    reason = excluded.reason, prepared_by = excluded.prepared_by, prepared_at = now(),
    fingerprint = excluded.fingerprint
"""

_APPROVE = """
update compliance.period_versions set
    state = 'APPROVED', approved_by = %(by)s, approved_at = clock_timestamp(),
    audit_event = %(event)s
where period = %(period)s and version = %(version)s
"""

_KEEP_TABLE = """
insert into compliance.period_tables (
    period, version, table_name, position, part, columns, row_count, measure_column, measure_total,
    checksum
) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""

_KEEP_RUNS = """
insert into compliance.period_runs (
    period, version, load_id, table_name, run_id, window_start, window_end, rows_out, loaded_at
)
select %(period)s, %(version)s, load_id, table_name, run_id, window_start, window_end, rows_out,
    loaded_at
from (
    select distinct on (table_name, window_start, window_end)
        load_id, table_name, run_id, window_start, window_end, rows_out, loaded_at
    from ops.load_log
    where table_name = any(%(tables)s)
        and (window_start is null or (window_start < %(end)s and window_end > %(first)s))
        and loaded_at > coalesce(%(since)s, '-infinity'::timestamptz)
    order by table_name, window_start, window_end, load_id desc
) as latest
"""


def prepare(
    warehouse: Warehouse, month: Month, person: Person, reason: str, as_of: date
) -> tuple[Version, list[TableState]]:
    """Prepares the closing of a month, and replaces an earlier preparation.

    Args:
        warehouse: The database, as its owner.
        month: The month.
        person: Preparer.
        reason: Reason, in words.
        as_of: Last complete business day.

    Returns:
        The version to approve, and the states of its tables.

    Raises:
        FinplatformError: If it may not be; nothing is changed then.
    """
    reason = periods.check_preparation(person, reason)
    with _step(warehouse) as connection:
        columns = period_rows.columns_of(connection, month)
        states = period_rows.read_now(connection, month, columns, with_content=False)
        known = _known(connection, month, states, as_of)
        periods.check_close(month, known)
        return _prepared(connection, month, 1, person, reason, states), states


def prepare_restatement(
    warehouse: Warehouse, month: Month, person: Person, reason: str, as_of: date
) -> tuple[Version, dict[str, dict[str, int]]]:
    """Prepares the restatement of a closed month with the present figures, as its next version.

    Args:
        warehouse: The database, as its owner.
        month: The month.
        person: Preparer.
        reason: Reason, in words.
        as_of: Last complete business day.

    Returns:
        The version to approve, and the number of changed rows by table and kind.

    Raises:
        FinplatformError: If it may not be; nothing is changed then.
    """
    reason = periods.check_preparation(person, reason)
    with _step(warehouse) as connection:
        columns = period_rows.columns_of(connection, month)
        states = period_rows.read_now(connection, month, columns, with_content=False)
        known = _known(connection, month, states, as_of)
        before = known.approved.version if known.approved else 0
        changed = period_rows.changed_counts(connection, month, before) if before else {}
        periods.check_restate(month, known, list(changed))
        version = _prepared(connection, month, before + 1, person, reason, states)
        return version, changed


def approve(
    warehouse: Warehouse, month: Month, person: Person, reason: str, as_of: date
) -> Version:
    """Approves the prepared version of a month: freezes its rows, checksums and runs.

    The approval is an event of the audit trail in the same transaction; the caller signs a tree
    head afterwards.

    Args:
        warehouse: The database, as its owner.
        month: The month.
        person: Approver.
        reason: Reason, in words.
        as_of: Last complete business day.

    Raises:
        FinplatformError: If it may not be; nothing is changed then.
    """
    with _step(warehouse) as connection:
        known = _known(connection, month, (), as_of)
        waiting = periods.check_approval(month, known, person, None)
        columns = period_rows.columns_of(connection, month)
        is_first = waiting.version == 1
        states = period_rows.read_now(connection, month, columns, with_content=not is_first)
        found = periods.fingerprint(month, waiting.version, states)
        periods.check_approval(month, known, person, found)
        # A check may have failed on a table since.
        periods.check_complete(month, _known(connection, month, states, as_of))
        _freeze(connection, waiting, states, columns, known.approved)
        why = reason.strip() or waiting.reason
        _note(connection, waiting, "approve", person, why, {"fingerprint": found})
        # Last, since recording locks the trail until the transaction ends.
        event = record(connection, _event(waiting, person, why))
        values = {
            "period": str(month), "version": waiting.version, "by": person.name, "event": event,
        }  # fmt: skip
        connection.execute(_APPROVE, values)
        return replace(waiting, state=State.APPROVED, approved_by=person.name, audit_event=event)


def refuse(warehouse: Warehouse, month: Month, person: Person, reason: str) -> Version:
    """Refuses a preparation; the version is deleted, and its events stay.

    Args:
        warehouse: The database, as its owner.
        month: The month.
        person: Refuser.
        reason: Reason, in words.

    Raises:
        FinplatformError: If nothing is prepared, or the person may not; nothing is changed then.
    """
    with _step(warehouse) as connection:
        known = Known(date.min, versions=versions(connection, month))
        waiting = periods.check_approval(month, known, person, None)
        _note(connection, waiting, "refuse", person, reason.strip() or "No reason was given.", {})
        connection.execute(
            "delete from compliance.period_versions where period = %s and version = %s",
            (str(month), waiting.version),
        )
        return waiting


def versions(connection: psycopg.Connection, month: Month) -> list[Version]:
    """Versions of a month, the first one first."""
    return [
        Version(Month.parse(period), version, State(state), *rest)
        for period, version, state, *rest in connection.execute(_VERSIONS, (str(month),))
    ]


def closed_months(connection: psycopg.Connection) -> list[Month]:
    """Closed months, the earliest first."""
    return sorted(Month.parse(period) for (period,) in connection.execute(_CLOSED))


@contextmanager
def one_state(warehouse: Warehouse) -> Iterator[psycopg.Connection]:
    """A session in a repeatable-read transaction, which may write."""
    with warehouse.connect() as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        yield connection


@contextmanager
def _step(warehouse: Warehouse) -> Iterator[psycopg.Connection]:
    """A repeatable-read transaction under the lock of freezing."""
    with bulk.connect(warehouse.url) as makes:
        ddl.create_schemas(makes)
    with warehouse.connect() as connection:
        connection.autocommit = True
        # Before the transaction, whose snapshot must be taken after the wait.
        connection.execute("select pg_advisory_lock(%s)", (_LOCK,))
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        with connection.transaction():
            yield connection


def _known(
    connection: psycopg.Connection, month: Month, states: Sequence[TableState], as_of: date
) -> Known:
    tables = frozen_tables()
    rows = {state.table: state.row_count for state in states}
    span: dict[str, Any] = {"first": month.first, "end": month.end}
    names = [each.table for each in tables]
    windowed = [each.table for each in tables if each.windowed]
    missing = (
        [day for (day,) in connection.execute(_MISSING_DAYS, span)] if rows.get(_BALANCES) else []
    )
    return Known(
        as_of=as_of,
        versions=versions(connection, month),
        closed=closed_months(connection),
        rows=rows,
        needed=[each.table for each in tables if each.needed],
        missing_days=missing,
        held=dict(connection.execute(_HELD, {**span, "tables": names}).fetchall()),
        facts_loaded_at=_last_load(connection, windowed, span),
        reports_made_at=_last_load(connection, [_REPORT], span),
    )


def _last_load(connection: psycopg.Connection, tables: list[str], span: dict[str, Any]) -> Any:
    row = connection.execute(_LOADED, {**span, "tables": tables}).fetchone()
    return row[0] if row else None


def _prepared(
    connection: psycopg.Connection,
    month: Month,
    version: int,
    person: Person,
    reason: str,
    states: Sequence[TableState],
) -> Version:
    values = {
        "period": str(month),
        "version": version,
        "reason": reason,
        "by": person.name,
        "fingerprint": periods.fingerprint(month, version, states),
    }
    connection.execute(_PREPARE, values)
    prepared = versions(connection, month)[-1]
    checksums = {state.table: state.checksum for state in states}
    _note(connection, prepared, "prepare", person, reason, {"checksums": checksums})
    return prepared


def _freeze(
    connection: psycopg.Connection,
    version: Version,
    states: Sequence[TableState],
    columns: dict[str, list[str]],
    before: Version | None,
) -> None:
    month = version.month
    period_rows.keep_changes(connection, month, version.version)
    by_table = {state.table: state for state in states}
    with connection.cursor() as cursor:
        cursor.executemany(
            _KEEP_TABLE,
            [
                _kept(version, place, each, columns[each.table], by_table[each.table])
                for place, each in enumerate(frozen_tables(), 1)
            ],
        )
    connection.execute(
        _KEEP_RUNS,
        {
            "period": str(month), "version": version.version, "first": month.first,
            "end": month.end, "since": before and before.approved_at,
            "tables": [each.table for each in frozen_tables()],
        },
    )  # fmt: skip


def _kept(
    version: Version, place: int, each: FrozenTable, columns: list[str], state: TableState
) -> tuple[Any, ...]:
    return (
        str(version.month), version.version, each.table, place, str(each.part), columns,
        state.row_count, each.measure, state.measure_total, state.checksum,
    )  # fmt: skip


def _note(
    connection: psycopg.Connection,
    version: Version,
    action: str,
    person: Person,
    reason: str,
    detail: dict[str, Any],
) -> None:
    values = (
        str(version.month), version.version, action, person.name, person.role, reason,
        json.dumps(detail),
    )  # fmt: skip
    connection.execute(_NOTE, values)


def _event(version: Version, person: Person, reason: str) -> Event:
    detail = {
        "version": version.version,
        "fingerprint": version.fingerprint,
        "prepared_by": version.prepared_by,
        "prepared_for": version.reason,
        "reason": reason,
    }
    return Event(person.name, person.role, APPROVAL, str(version.month), detail=detail)
