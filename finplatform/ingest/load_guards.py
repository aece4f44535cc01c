"""Guards of a load: conditions that refuse it as a whole, and so leave the table unchanged.

Belongs here: the zone of the business days, days whose files are missing, rows stored under another
day, and lists that lose too many names. Does not belong here: rules of single rows (see
`validate`).
"""

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date

from adbc_driver_postgresql import dbapi

from finplatform.contracts.contract import Contract, SourceContract
from finplatform.errors import FinplatformError
from finplatform.warehouse import bulk
from finplatform.warehouse.identifiers import literal, quote
from finplatform.windows import Window


def set_business_timezone(connection: dbapi.Connection, timezone: str) -> None:
    """Sets the time zone of the transaction to the bank's.

    Args:
        connection: Connection of a load.
        timezone: Zone of the source configuration.

    Raises:
        FinplatformError: If the stored days are those of another zone.
    """
    zone = literal(timezone)
    stored = bulk.fetch_value(
        connection,
        "with noted as (insert into ops.business_days (timezone)"
        f" select case when exists (select from ops.loads) then 'UTC' else {zone} end"
        " where not exists (select from ops.business_days)"
        " on conflict do nothing returning timezone)"
        " select timezone from ops.business_days union all select timezone from noted",
    )
    if stored is not None and stored != timezone:
        raise FinplatformError(
            f"The business days in this warehouse are those of {stored}, not of {timezone}.",
            "Restore `bank.timezone`, or build the bank in an empty database.",
        )
    bulk.execute(connection, f"set local time zone {zone}")


_SHOWN = 5

_PLAIN_KEY = re.compile(r"(?=.*\d)[A-Za-z0-9_-]{1,40}")
"""Form of a key that a message may show; other text may be a value of another column."""


def stored_days(
    connection: dbapi.Connection, contract: Contract, window: Window | None
) -> frozenset[date]:
    """Days of a window with stored rows."""
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
    """Refuses to empty days whose files are missing.

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

    A row whose day was corrected in the source would count twice, until its old day is loaded
    again.

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


def names_by_group(connection: dbapi.Connection, contract: SourceContract) -> Mapping[str, int]:
    """Stored names by group; empty for a table without a shrinkage limit.

    Args:
        connection: Connection of the load.
        contract: The table.
    """
    guard = contract.shrinkage
    if guard is None:
        return {}
    more = f"coalesce(cardinality(string_to_array({quote(guard.names)}, '; ')), 0)"
    counted = bulk.read_frame(
        connection,
        f"select {quote(guard.group)}::text as name, sum(1 + {more})::bigint as names"
        f" from bronze.{quote(contract.table)} group by 1 order by 1",
    )
    return dict(counted.iter_rows())


def refuse_shrinkage(
    connection: dbapi.Connection, contract: SourceContract, before: Mapping[str, int]
) -> None:
    """Refuses a load that removes too many names of a group, unless the group was released.

    Args:
        connection: Connection of the load, in its transaction.
        contract: The table.
        before: Names by group before the load.

    Raises:
        FinplatformError: If a group loses too many names; the load is rolled back.
    """
    if contract.shrinkage is None or not before:
        return
    now = names_by_group(connection, contract)
    least = contract.shrinkage.least_share
    for group, names in before.items():
        left = now.get(group, 0)
        if left >= names * least or _is_released(connection, contract.table, group):
            continue
        raise FinplatformError(
            f"{group} of {contract.table} would have {left:,} names, and has {names:,}: more than"
            f" {1 - least:.0%} are gone. Nothing was changed, the earlier list stays.",
            "Look whether the source delivers the whole list. If it was really cut, say so:"
            f' finplatform kyc lists --release {group} --reason "..." --by NAME',
        )


def _is_released(connection: dbapi.Connection, table: str, group: str) -> bool:
    """Whether a group was released; deletes the release."""
    used = bulk.fetch_value(
        connection,
        "with used as (delete from ops.shrinkage_releases"
        f" where table_name = {literal(table)} and group_name = {literal(group)} returning 1)"
        " select count(*) from used",
    )
    return bool(used)
