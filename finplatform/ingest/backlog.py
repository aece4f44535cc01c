"""Backlog: changes in the sources since the last loads of their tables.

For a captured source these are the stored changes, for a source with a change journal the entries
after the position of the last load. The query costs one index look-up a table. Does not belong
here: requesting runs (see `finplatform.orchestration.sensors`), and loading.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import psycopg

from finplatform.cdc.capture import NOT_READ_YET, capture
from finplatform.cdc.pending import pending
from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.config import PostgresSource, SourcesConfig
from finplatform.ingest.loaders import captured_sources
from finplatform.ingest.vault_key import vault_master_key
from finplatform.oltp.codes import ENTITY_TABLES
from finplatform.settings import Settings
from finplatform.warehouse.database import Warehouse
from finplatform.warehouse.identifiers import quote

LOGGER = logging.getLogger(__name__)

_POSITIONS = """
select position.table_name, position.position
from ops.watermarks as position
where position.table_name = any(%s)
"""

_NEWEST = """
select loaded.table_name, newest.xid::text, newest.journal_id
from unnest(%(tables)s::text[], %(names)s::text[], %(xids)s::text[], %(ids)s::bigint[])
    as loaded (table_name, name, xid, journal_id)
cross join lateral (
    select change.xid, change.journal_id
    from {schema}.change_journal as change
    where change.table_name = loaded.name
        and (change.xid, change.journal_id) > (loaded.xid::xid8, loaded.journal_id)
        -- A load reads up to the same limit.
        and change.xid < pg_snapshot_xmin(pg_current_snapshot())
    order by change.xid desc, change.journal_id desc
    limit 1
) as newest
"""


@dataclass(frozen=True)
class PendingChange:
    """A table, or a day of it, that has changed since its last load.

    Attributes:
        table: Bronze table.
        day: Business day; None for a table without a date column.
        mark: Text that differs whenever further changes arrive.
    """

    table: str
    day: date | None
    mark: str


def backlog(
    sources: SourcesConfig, settings: Settings, warehouse: Warehouse
) -> list[PendingChange]:
    """Captures new changes, and returns the tables and days that have changed.

    A source that does not respond is skipped and logged. Tables that were never loaded are left to
    schedules and backfills.

    Args:
        sources: The configuration.
        settings: Where keys are, and how much may wait.
        warehouse: The warehouse.
    """
    with warehouse.connect() as connection:
        found = connection.execute("select to_regclass('ops.watermarks')").fetchone()
    if found is None or found[0] is None:
        return []
    return [
        *_captured_changes(sources, settings, warehouse.url),
        *_journal_changes(sources, warehouse),
    ]


def _captured_changes(
    sources: SourcesConfig, settings: Settings, url: str
) -> Iterator[PendingChange]:
    captured = captured_sources(sources, settings, url)
    if not captured:
        return
    master = vault_master_key(url, settings)
    for source in captured.values():
        try:
            capture(source, url, master)
        except FinplatformError as error:
            LOGGER.warning("Source %s is not captured: %s", source.name, error)
    dated = {table.table for one in captured.values() for table in one.tables if table.day}
    # A day waits for the load of the tables that it references; tables without days share one run.
    for one in pending(url):
        if one.table in dated and one.day is not None and one.reason != NOT_READ_YET:
            yield PendingChange(one.table, one.day, one.mark)
    marks: dict[str, list[str]] = {}
    for one in pending(url, is_all=True):
        if one.table not in dated:
            marks.setdefault(one.table, []).append(one.mark)
    for table, waiting in marks.items():
        yield PendingChange(table, None, " ".join(waiting))


def _journal_changes(sources: SourcesConfig, warehouse: Warehouse) -> Iterator[PendingChange]:
    for name, tables in _journalled(sources).items():
        source = sources.sources[name]
        assert isinstance(source, PostgresSource)  # noqa: S101 - no other keeps a journal
        with warehouse.connect() as connection:
            known: dict[str, str] = dict(connection.execute(_POSITIONS, (list(tables),)).fetchall())
        try:
            yield from _behind(source, tables, _read_positions(known), warehouse)
        except psycopg.Error as error:
            # The server's message may quote values.
            LOGGER.warning("The journal of %s cannot be read: %s", name, type(error).__name__)


def _journalled(sources: SourcesConfig) -> dict[str, dict[str, str]]:
    """Source names of tables loaded from a journal, by source and bronze table."""
    found: dict[str, dict[str, str]] = {}
    for table, config in sources.tables.items():
        source = sources.sources[config.source]
        if not isinstance(source, PostgresSource) or not source.journal:
            continue
        name = config.read or table
        if name in ENTITY_TABLES and sources.load_of(config) in (None, "incremental"):
            found.setdefault(config.source, {})[table] = name
    return found


def _read_positions(known: Mapping[str, str]) -> dict[str, tuple[str, int]]:
    """Transaction and number of the last journal row that was loaded, by bronze table."""
    read = {table: json.loads(position) for table, position in known.items()}
    return {
        table: (str(position["xid"]), int(position["journal_id"]))
        for table, position in read.items()
        if position.keys() >= {"xid", "journal_id"}
    }


def _behind(
    source: PostgresSource,
    names: Mapping[str, str],
    positions: Mapping[str, tuple[str, int]],
    warehouse: Warehouse,
) -> Iterator[PendingChange]:
    url = source.url.get_secret_value() if source.url else warehouse.url
    given = {
        "tables": list(positions),
        "names": [names[table] for table in positions],
        "xids": [xid for xid, _ in positions.values()],
        "ids": [number for _, number in positions.values()],
    }
    with psycopg.connect(url) as connection:
        query = _NEWEST.format(schema=quote(source.schema_name))
        for table, xid, number in connection.execute(query.encode(), given).fetchall():
            yield PendingChange(table, None, f"{table}:{xid}:{number}")
