"""Lists that are published whole, and would lose too much at once: refused, and the old one stays.

Half a file is a valid file. Belongs here: counting names by list, refusing a load, and letting one
through that somebody has released. Does not belong here: which tables are guarded (see their
contracts).
"""

from collections.abc import Mapping

from adbc_driver_postgresql import dbapi

from finplatform.contracts.contract import SourceContract
from finplatform.errors import FinplatformError
from finplatform.warehouse import bulk
from finplatform.warehouse.identifiers import literal, quote


def counted_names(connection: dbapi.Connection, contract: SourceContract) -> Mapping[str, int]:
    """Stored names by group; none of a table that is not guarded.

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
    """Refuses a load by which a group loses too many names, unless it was released.

    Args:
        connection: Connection of the load, in its transaction.
        contract: The table.
        before: Names by group before the load.

    Raises:
        FinplatformError: If one does; the load is undone by it.
    """
    if contract.shrinkage is None or not before:
        return
    now = counted_names(connection, contract)
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
    """Whether somebody has released a group; the release is used up."""
    used = bulk.fetch_value(
        connection,
        "with used as (delete from ops.shrinkage_releases"
        f" where table_name = {literal(table)} and group_name = {literal(group)} returning 1)"
        " select count(*) from used",
    )
    return bool(used)
