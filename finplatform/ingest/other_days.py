"""Rows and days that a load of a window does not bring, but that its result depends on.

A window is replaced by what the source holds of it. Belongs here: refusing a window whose files are
gone, and one whose rows are stored under another day as well. Does not belong here: the load.
"""

import re
from collections.abc import Set as AbstractSet
from datetime import date

from adbc_driver_postgresql import dbapi

from finplatform.contracts.contract import Contract
from finplatform.errors import FinplatformError
from finplatform.warehouse import bulk
from finplatform.warehouse.identifiers import quote
from finplatform.windows import Window

_SHOWN = 5

_PLAIN_KEY = re.compile(r"(?=.*\d)[A-Za-z0-9_-]{1,40}")
"""A key that can be shown: anything else in its place may be a value of another column."""


def stored_days(
    connection: dbapi.Connection, contract: Contract, window: Window | None
) -> frozenset[date]:
    """Days of a window of which rows are stored."""
    if window is None or contract.date_column is None:
        return frozenset()
    column = quote(contract.date_column)
    days = bulk.read_frame(
        connection,
        f"select distinct {column}::date as day from {contract.name}"
        f" where {window.predicate(column)}",
    )
    return frozenset(days["day"])


def refuse_missing_days(
    contract: Contract, stored: AbstractSet[date], delivered: AbstractSet[date] | None
) -> None:
    """Refuses to empty days whose files have gone.

    Args:
        contract: The table.
        stored: Days of the window that had rows before.
        delivered: Days for which there was a file; None for a source without a file for each day.

    Raises:
        FinplatformError: If a stored day has no file.
    """
    missing = sorted(stored - delivered) if delivered is not None else []
    if missing:
        raise FinplatformError(
            f"There is no file of {contract.table} for {_listed(missing)}, of which rows are"
            " stored.",
            "Nothing was changed. Put the file back; for a day without rows, deliver one with its"
            " header alone.",
        )


def refuse_moved_rows(connection: dbapi.Connection, contract: Contract, window: Window) -> None:
    """Refuses rows that are stored under a day outside the window as well.

    A row whose day was corrected in the source would count twice: on its new day, and on the old
    one until that is loaded again.

    Raises:
        FinplatformError: If a key of the window is stored under another day; names the days.
    """
    if contract.date_column is None or contract.date_column in contract.key:
        return
    column = quote(contract.date_column)
    same = " and ".join(f"o.{quote(name)} = w.{quote(name)}" for name in contract.key)
    inside, outside = window.predicate(f"w.{column}"), window.predicate(f"o.{column}")
    moved = bulk.read_frame(
        connection,
        f"select o.{column}::date as day, count(*) as rows, min(o.{quote(contract.key[0])}) as key"
        f" from {contract.name} as w"
        f" inner join {contract.name} as o on {same}"
        f" where {inside} and not ({outside}) group by 1 order by 1",
    )
    if moved.is_empty():
        return
    days = moved["day"].to_list()
    first, last = min(*days, window.start), max(*days, window.last)
    key = str(moved["key"][0])
    named = f", such as {key}," if _PLAIN_KEY.fullmatch(key) else ""
    raise FinplatformError(
        f"Rows of {contract.table} in {window}{named} are stored under {_listed(days)} too"
        f" ({moved['rows'].sum():,} in all): their day was changed in the source.",
        f"Nothing was changed. Load both days at once: --from {first} --to {last}.",
    )


def _listed(days: list[date]) -> str:
    shown = ", ".join(day.isoformat() for day in days[:_SHOWN])
    return f"{shown} and {len(days) - _SHOWN:,} other days" if len(days) > _SHOWN else shown
