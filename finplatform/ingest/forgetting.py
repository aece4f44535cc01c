"""Deletion of an entity's log, so that its source is loaded from scratch.

A log is append-only, since it is evidence. The rows of a wrong mapping are no evidence: they are
deleted as a whole, and the user and the reason are recorded. Does not belong here: the erasure of a
customer, and the correction of single rows, which does not exist.
"""

from dataclasses import dataclass

from adbc_driver_postgresql import dbapi

from finplatform.cdc.pending import forget_readings
from finplatform.contracts.bronze import SOURCES
from finplatform.contracts.contract import Contract, Kind, SourceContract
from finplatform.errors import FinplatformError
from finplatform.ingest.quarantine import REJECTED_ROWS
from finplatform.warehouse import bulk, ddl
from finplatform.warehouse.identifiers import literal, quote

_UNREFERENCED = "identities_unreferenced"


@dataclass(frozen=True)
class Forgotten:
    """A deleted log.

    Attributes:
        entry: Number of the entry in `audit.forgotten_logs`.
        table: Bronze table.
        rows: Rows deleted.
        entities: Entities among them.
        position: Deleted position in the source's journal; None without a journal.
    """

    entry: int
    table: str
    rows: int
    entities: int
    position: str | None


def log_size(url: str, table: str) -> int:
    """Rows of an entity's log.

    Raises:
        FinplatformError: If the table is not one of an entity.
    """
    contract = _entity(table).stored
    with bulk.connect(url) as connection:
        if not ddl.stored_columns(connection, contract):
            return 0
        return _count(connection, f"select count(*) from {contract.name}")


def forget_log(url: str, table: str, *, reason: str, by: str) -> Forgotten:
    """Deletes the log of an entity, its rejected rows and its position, and records that.

    For a captured table the record of its reads is deleted as well.

    Sealed identities that only these rows reference are deleted too. The keys of customers and the
    erasures stay.

    Args:
        url: libpq URL of the warehouse.
        table: Bronze table.
        reason: Reason, in words.
        by: Name of the user, in addition to the database user.

    Raises:
        FinplatformError: If the table is not one of an entity, or no reason is given.
    """
    contract = _entity(table)
    if not reason.strip():
        raise FinplatformError(
            "Forgetting a log needs a reason, which is kept.", 'Say it: --reason "..."'
        )
    with bulk.connect(url) as connection:
        ddl.create_schemas(connection)
        ddl.create_table(connection, REJECTED_ROWS)
        ddl.create_table(connection, contract.stored)
        connection.commit()
        # The lock of a load excludes concurrent loads.
        ddl.lock_for_load(connection, contract.stored)
        forgotten = _forget(connection, contract, reason.strip(), by)
        bulk.commit_and_analyze(connection, contract.stored.name)
    return forgotten


def _forget(
    connection: dbapi.Connection, contract: SourceContract, reason: str, by: str
) -> Forgotten:
    stored, name = contract.stored, literal(contract.table)
    rows = _count(connection, f"select count(*) from {stored.name}")
    key = quote(stored.key[0])
    entities = _count(connection, f"select count(distinct {key}) from {stored.name}")
    position = bulk.fetch_value(
        connection, f"select max(position) from ops.watermarks where table_name = {name}"
    )
    _note_identities(connection, stored)
    bulk.execute(connection, f"delete from {stored.name}")
    bulk.execute(connection, f"delete from quarantine.rejected_rows where table_name = {name}")
    bulk.execute(connection, f"delete from ops.watermarks where table_name = {name}")
    forget_readings(connection, contract.table)
    _delete_unreferenced(connection)
    shown = None if position is None else str(position)
    entry = _count(
        connection,
        "insert into audit.forgotten_logs"
        " (table_name, rows_forgotten, entities_forgotten, journal_position, forgotten_by, reason)"
        f" values ({name}, {rows}, {entities}, {literal(shown)}, {literal(by)}, {literal(reason)})"
        " returning entry",
    )
    return Forgotten(entry, contract.table, rows, entities, shown)


def _note_identities(connection: dbapi.Connection, stored: Contract) -> None:
    """Collects the sealed identities of the rows to delete."""
    bulk.execute(
        connection, f"create temporary table {_UNREFERENCED} (identity_id text) on commit drop"
    )
    sources = [f"select identity_id from quarantine.rejected_rows where table_name = "
               f"{literal(stored.table)}"]  # fmt: skip
    if "identity_id" in stored.columns:
        sources.append(f"select identity_id from {stored.name}")
    bulk.execute(
        connection,
        f"insert into {_UNREFERENCED} select identity_id from ({' union '.join(sources)}) as named"
        " where identity_id is not null",
    )


def _delete_unreferenced(connection: dbapi.Connection) -> None:
    """Deletes collected identities without a reference in bronze or quarantine."""
    others = ["quarantine.rejected_rows"]
    others += [
        contract.stored.name
        for contract in SOURCES.values()
        if "identity_id" in contract.stored.columns
        and ddl.stored_columns(connection, contract.stored)
    ]
    named = " and ".join(
        f"not exists (select from {other} as o where o.identity_id = i.identity_id)"
        for other in others
    )
    bulk.execute(
        connection,
        f"delete from vault.customer_identity as i using {_UNREFERENCED} as u"
        f" where u.identity_id = i.identity_id and {named}",
    )


def _count(connection: dbapi.Connection, query: str) -> int:
    return int(str(bulk.fetch_value(connection, query)))


def _entity(table: str) -> SourceContract:
    contract = SOURCES.get(table)
    if contract is not None and contract.stored.kind is Kind.ENTITY:
        return contract
    entities = (name for name, one in SOURCES.items() if one.stored.kind is Kind.ENTITY)
    what = "keeps no log: every load of it replaces its rows" if contract else "is no bronze table"
    raise FinplatformError(f"{table} {what}.", f"Logs are kept of: {', '.join(entities)}.")
