"""Section `loads`: how fresh the warehouse is, and how far behind its source.

Belongs here: when each table was loaded, rows in quarantine, and what the source holds that is not
loaded yet: transactions after the last loaded day, and changes of entities in the journal. Does not
belong here: runs (see `pipeline`).
"""

from datetime import date, datetime
from typing import Any

from finplatform.api.database import Session
from finplatform.api.live.reading import Moment, Reading, Values
from finplatform.api.live.transactions import SOURCE

_LOADED, _QUARANTINE = "ops.loads", "quarantine.rejected_rows"
_JOURNAL, _POSITIONS = "oltp.change_journal", "ops.watermarks"

_LOADS = """
select distinct on (table_name)
    table_name as table, loaded_at, window_end, rows_loaded as rows, rows_rejected as rejected
from ops.loads
order by table_name, loaded_at desc
"""

_REJECTED = "select count(*) as rows from quarantine.rejected_rows"

_TRANSACTIONS = """
select loaded.until, waiting.rows, waiting.oldest_at
from
    (
        select max(window_end)::timestamptz as until from ops.loads
        where table_name = 'transactions'
    ) as loaded
cross join lateral (
    select count(*) as rows, min(transaction_date) as oldest_at from oltp.transactions
    where transaction_date >= loaded.until and transaction_date <= now()
) as waiting
"""

_CHANGES = """
select count(*) as rows, min(journal.changed_at) as oldest_at
from ops.watermarks as loaded inner join oltp.change_journal as journal
    on
        loaded.table_name = journal.table_name
        and (journal.xid, journal.journal_id) > (
            (loaded.position::jsonb ->> 'xid')::xid8,
            (loaded.position::jsonb ->> 'journal_id')::bigint
        )
where loaded.position::jsonb ? 'journal_id'
"""


class Load(Values):
    """The latest load of a table.

    Attributes:
        table: Table of bronze.
        loaded_at: When it was loaded.
        last_day: Last day that it was loaded for; null if it is taken whole.
        rows: Rows that came in.
        rejected: Rows that went to quarantine instead.
    """

    table: str
    loaded_at: datetime
    last_day: date | None
    rows: int
    rejected: int


class Waiting(Values):
    """Rows of the source that are not loaded yet, and the instant of the oldest."""

    rows: int
    oldest_at: datetime | None


class LoadValues(Values):
    """How fresh the warehouse is.

    Attributes:
        loads: The latest load of each table, the oldest first.
        quarantined: Rows in quarantine; null without a table of them.
        transactions: Those after the last loaded day; null if the source is not in this database
            or nothing was loaded.
        changes: Changes of entities in the source's journal; null likewise.
    """

    loads: list[Load]
    quarantined: int | None
    transactions: Waiting | None
    changes: Waiting | None


class Loads:
    """Watches loads."""

    name = "loads"
    relations = (_LOADED, _QUARANTINE, _JOURNAL, _POSITIONS, SOURCE)

    async def read(self, session: Session, moment: Moment) -> Reading:
        """Reads the latest loads, and counts what waits."""
        if _LOADED not in moment.relations:
            return Reading.missing("nothing was loaded yet")
        rows = await session.rows(_LOADS)
        quarantined = None
        if _QUARANTINE in moment.relations:
            quarantined = (await session.row(_REJECTED))["rows"]
        values = LoadValues(
            loads=sorted((_load(row) for row in rows), key=lambda load: load.loaded_at),
            quarantined=quarantined,
            transactions=await _transactions(session, moment),
            changes=await _changes(session, moment),
        )
        return Reading.of(_LOADED, values)


def _load(row: dict[str, Any]) -> Load:
    """A row of `ops.loads`, whose window ends before its end."""
    end = row.pop("window_end")
    return Load(**row, last_day=date.fromordinal(end.toordinal() - 1) if end else None)


async def _transactions(session: Session, moment: Moment) -> Waiting | None:
    if SOURCE not in moment.relations:
        return None
    row = await session.row(_TRANSACTIONS)
    return Waiting(rows=row["rows"], oldest_at=row["oldest_at"]) if row["until"] else None


async def _changes(session: Session, moment: Moment) -> Waiting | None:
    if not moment.relations.keys() >= {_JOURNAL, _POSITIONS}:
        return None
    return Waiting(**await session.row(_CHANGES))
