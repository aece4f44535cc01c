"""Erasure: a person's key destroyed, and what is clear or linkable taken out of every place.

Facts stay under the customer's number, which leads to no person once the source, the vault, masked
forms and tokens are gone: sums are what they were. The order lets an erasure that was cut short be
run again: the ledger first, so that it is known; the key last, since it opens what is searched for.
Belongs here: these steps, and `replay` after a restore. Does not belong here: whether a person may
be erased (`holds`, `requests`).
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl
import psycopg

from finplatform.contracts.bronze import SOURCES
from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.config import SourcesConfig, load_sources
from finplatform.privacy import ledger
from finplatform.privacy.file_search import FileHit, Treatment, clean_files
from finplatform.privacy.identity import Purpose, needles, open_identities
from finplatform.privacy.ledger import Entry, ledger_path, subject_hashes
from finplatform.privacy.operational import (
    erase_in_source,
    operational_url,
    scrub,
    scrub_source,
)
from finplatform.privacy.quarantined import delete_quarantined
from finplatform.privacy.relations import StoredTable, exists, find_keys, stored_tables
from finplatform.privacy.replacement import replacements
from finplatform.privacy.stored_rows import Change, delete_rows, erase_marks, replace_tokens
from finplatform.privacy.table_search import TableHit, replace_in_tables
from finplatform.security.keys import MasterKey, load_master_key
from finplatform.security.rights import load_rights
from finplatform.security.subject_keys import KEY_SCHEMA, destroy_keys
from finplatform.settings import Settings, get_settings
from finplatform.warehouse import bulk, ddl
from finplatform.warehouse.audit_log import OPERATOR
from finplatform.warehouse.database import Warehouse, parse_location
from finplatform.warehouse.identifiers import quote
from finplatform.warehouse.identities import IdentityDoor

_LOCK = 710_042_071
"""Advisory lock under which people are erased, one batch after the other."""

_SHORTEST_NUMBER = 6
_VAULT = ("customer_keys", "customer_identity")
_WANTED = "subjects_to_erase"


@dataclass(frozen=True)
class Place:
    """Where people are erased.

    Attributes:
        settings: Name the home.
        warehouse: The database, as the login that owns it.
        master: Master key of the vault.
        sources: The source configuration.
    """

    settings: Settings
    warehouse: Warehouse
    master: MasterKey
    sources: SourcesConfig

    @classmethod
    def of(cls, settings: Settings, warehouse: Warehouse) -> "Place":
        """The place that settings name; the platform's own tables are made if need be."""
        with bulk.connect(warehouse.url) as connection:
            ddl.create_schemas(connection)
        sources = load_sources(settings.sources_file, frozenset(SOURCES))
        return cls(settings, warehouse, load_master_key(settings, create=False), sources)


@dataclass(frozen=True)
class Order:
    """One person to erase.

    Attributes:
        subject: Customer's number.
        request_id: Request that it answers.
        by: Who has it done.
        basis: Why, in words.
    """

    subject: str
    request_id: str
    by: str
    basis: str


@dataclass(frozen=True)
class Erased:
    """What an erasure did.

    Attributes:
        subjects: People erased.
        changes: Rows changed or deleted, by table.
        texts: Columns in which texts were replaced.
        files: Files that held a person.
        source: Whether the operational schema was erased as well.
    """

    subjects: int
    changes: tuple[Change, ...] = ()
    texts: tuple[TableHit, ...] = ()
    files: tuple[FileHit, ...] = ()
    source: bool = False


def erase(place: Place, orders: Sequence[Order], *, at: datetime) -> Erased:
    """Erases people, in one transaction of the warehouse, and all of them at once.

    Args:
        place: Where.
        orders: People to erase; legal holds are not checked here.
        at: Instant of the erasure, in UTC.

    Raises:
        FinplatformError: If the ledger cannot be written, or sums would change; nothing of the
            warehouse is changed then.
    """
    if not orders:
        return Erased(0)
    hashes = subject_hashes(place.master, (order.subject for order in orders))
    ledger.append(
        ledger_path(place.settings),
        (
            Entry(at.isoformat(), one.by, hashes[one.subject], one.request_id, one.basis)
            for one in orders
        ),
    )
    subjects = sorted({order.subject for order in orders})
    purpose = Purpose(orders[0].by, f"Erasure, {len(subjects)} people")
    return _erase(place, subjects, purpose, at)


def replay(url: str, settings: Settings | None = None, *, at: datetime | None = None) -> int:
    """Erases people of the ledger who are in the database again, as after a restore.

    Also takes out what a source has delivered of them since. Running it twice changes nothing.

    Args:
        url: libpq URL of the database.
        settings: Settings whose home has the ledger and the key; default: those of the process.
        at: Instant for keys that are there again; default: that of the person's first entry.

    Returns:
        People in the database that the ledger names.
    """
    settings = settings or get_settings()
    entries = ledger.read(ledger_path(settings))
    if not entries:
        return 0
    place = Place.of(settings, Warehouse(parse_location(url)))
    found = known_subjects(place.warehouse)
    hashes = subject_hashes(place.master, found)
    first = {entry.subject: entry.at for entry in reversed(entries)}
    subjects = [subject for subject in found if hashes[subject] in first]
    instants = [datetime.fromisoformat(first[hashes[subject]]) for subject in subjects]
    if subjects:
        purpose = Purpose(entries[0].by, "Erasures of the ledger, done again")
        _erase(place, subjects, purpose, at or min(instants), is_again=True)
    return len(subjects)


def known_subjects(warehouse: Warehouse) -> list[str]:
    """Numbers of all people in the vault or an entity's log, erased or not."""
    tables = [("vault.customer_keys", "subject_id")]
    tables += [(one.stored.name, str(one.subject)) for one in SOURCES.values() if one.subject]
    with warehouse.connect() as connection:
        queries = [
            f"select {quote(column)}::text from {table}"
            for table, column in tables
            if exists(connection, table)
        ]
        if not queries:
            return []
        rows = connection.execute(f"{' union '.join(queries)} order by 1".encode()).fetchall()
    return [str(subject) for (subject,) in rows if subject is not None]


def erased_subjects(warehouse: Warehouse) -> list[str]:
    """Numbers of those whose key was destroyed."""
    with warehouse.connect() as connection:
        if not exists(connection, "vault.customer_keys"):
            return []
        rows = connection.execute(
            "select subject_id from vault.customer_keys where destroyed_at is not null order by 1"
        ).fetchall()
    return [str(subject) for (subject,) in rows]


def copies_folder(place: Place, subject: str) -> Path:
    """Folder of the copies that were made for a person, named by the keyed hash."""
    hashes = subject_hashes(place.master, [subject])
    return place.settings.privacy / "copies" / hashes[subject]


def _erase(
    place: Place, subjects: list[str], purpose: Purpose, at: datetime, *, is_again: bool = False
) -> Erased:
    warehouse = place.warehouse
    texts = needles(_identities(place, subjects, purpose, is_again=is_again))
    numbers = _numbers(place, subjects)
    source = operational_url(place.sources, warehouse.url)
    in_source = erase_in_source(source, subjects, numbers) if source is not None else 0
    replaced = set(numbers["replacement"].to_list())
    texts = [text for text in texts if text not in replaced]
    named = [*subjects, *numbers["account_id"]]
    # Pages that are made anew go on naming the numbers of bookings, which lead to no person.
    files = _clean_files(place, texts, named) if texts else []
    files += _remove_copies(place, subjects)
    with warehouse.connect() as session:
        tables = stored_tables(session, load_rights())
    with bulk.connect(warehouse.url) as connection:
        mended = replace_in_tables(connection, tables, texts)
    door = IdentityDoor(warehouse, place.master, purpose.actor, OPERATOR, purpose.reason)
    rejected = _rejected(door, named, texts, is_again=is_again)
    with warehouse.connect() as session:
        changes = _erase_rows(session, tables, subjects, numbers, at)
    if changes:
        scrub(warehouse.url, "vault", _VAULT)
    if source is not None and in_source:
        scrub_source(source)
    changes.append(Change("quarantine.rejected_rows", "deleted", rejected))
    return Erased(
        len(subjects), tuple(changes), tuple(mended), tuple(files), source=source is not None
    )


def _identities(
    place: Place, subjects: list[str], purpose: Purpose, *, is_again: bool
) -> pl.DataFrame:
    """Clear fields of people, as far as they open.

    Raises:
        FinplatformError: If they do not open when they are erased for the first time: what is
            looked for would be missing, and the key is there no more afterwards.
    """
    try:
        return open_identities(place.warehouse, place.master, subjects, purpose)
    except FinplatformError:
        if not is_again:
            raise
    # A backup from before a rotation of the master key, in which they cannot be read by anybody.
    return open_identities(place.warehouse, place.master, [], purpose)


def _rejected(
    door: IdentityDoor, named: Sequence[str], texts: Sequence[str], *, is_again: bool
) -> int:
    try:
        return delete_quarantined(door, named, texts)
    except FinplatformError:
        if not is_again:
            raise
    return 0


def _remove_copies(place: Place, subjects: Sequence[str]) -> list[FileHit]:
    removed = []
    for subject in subjects:
        folder = copies_folder(place, subject)
        if folder.exists():
            shutil.rmtree(folder)
            removed.append(FileHit(str(folder), Treatment.REMOVE))
    return removed


def _clean_files(place: Place, texts: Sequence[str], named: Sequence[str]) -> list[FileHit]:
    # Shorter numbers are in other words as well.
    numbers = [number for number in named if len(number) >= _SHORTEST_NUMBER]
    with place.warehouse.connect() as connection:
        rows = (
            connection.execute(
                "select distinct listed_name from compliance.listed_names"
                " where listed_name = any(%s)",
                (list(texts),),
            ).fetchall()
            if exists(connection, "compliance.listed_names")
            else []
        )
    published = frozenset(name for (name,) in rows)
    return clean_files(place.settings.home, texts, numbers, published)


def _numbers(place: Place, subjects: Sequence[str]) -> pl.DataFrame:
    """Replacements of the account numbers of people."""
    with place.warehouse.connect() as connection:
        rows = (
            connection.execute(
                "select distinct account_id from bronze.accounts where customer_id = any(%s)",
                (list(subjects),),
            ).fetchall()
            if exists(connection, "bronze.accounts")
            else []
        )
    return replacements(place.master, (str(account) for (account,) in rows))


def _erase_rows(
    session: psycopg.Connection,
    tables: Sequence[StoredTable],
    subjects: list[str],
    numbers: pl.DataFrame,
    at: datetime,
) -> list[Change]:
    """The transaction of the warehouse: marks, tokens, rows that go, requests, keys."""
    session.execute("select pg_advisory_xact_lock(%s)", (_LOCK,))
    for one in SOURCES.values():
        if one.subject is not None:
            lock = f"load {one.stored.schema_name}.{quote(one.table)}"
            session.execute("select pg_advisory_xact_lock(hashtext(%s))", (lock,))
    find_keys(session, subjects)
    changes = replace_tokens(session, tables, numbers)
    changes += delete_rows(session, tables)
    changes += erase_marks(session, tables)
    session.execute(
        "update compliance.privacy_requests set customer_id = null,"
        " done_at = coalesce(done_at, %s),"
        " state = 'DONE' where customer_id = any(%s) and (kind = 'ERASURE' or state = 'DONE')",
        (at, subjects),
    )
    session.execute(
        "delete from compliance.privacy_holds where customer_id = any(%s)",
        (subjects,),
    )
    changes += _destroy_keys(session, subjects, at)
    return [change for change in changes if change.rows]


def _destroy_keys(session: psycopg.Connection, subjects: list[str], at: datetime) -> list[Change]:
    rows = session.execute(
        "select subject_id, wrapped_key, created_at, destroyed_at from vault.customer_keys"
        " where subject_id = any(%s) for update",
        (subjects,),
    ).fetchall()
    present = pl.DataFrame(rows, schema=KEY_SCHEMA, orient="row")
    fates = destroy_keys(present, subjects, at=at)
    with session.cursor() as cursor:
        cursor.execute(
            f"create temporary table {_WANTED} (like vault.customer_keys) on commit drop".encode()
        )
        with cursor.copy(f"copy {_WANTED} from stdin".encode()) as copy:
            for row in fates.iter_rows():
                copy.write_row(row)
    deleted = session.execute(
        f"delete from vault.customer_identity as i using {_WANTED} as w"
        " where i.subject_id = w.subject_id".encode()
    )
    destroyed = session.execute(
        "insert into vault.customer_keys (subject_id, wrapped_key, created_at, destroyed_at)"
        f" select subject_id, wrapped_key, created_at, destroyed_at from {_WANTED}"
        " on conflict (subject_id) do update set wrapped_key = null,"
        " destroyed_at = excluded.destroyed_at"
        " where vault.customer_keys.destroyed_at is null".encode()
    )
    if exists(session, "vault.api_answers"):
        session.execute(
            "delete from vault.api_answers as a using person_keys as k"
            " where k.kind in ('subject', 'account') and length(k.key) >= 6"
            " and strpos(a.body::text, k.key) > 0"
        )
    return [
        Change("vault.customer_identity", "deleted", deleted.rowcount),
        Change("vault.customer_keys", "key destroyed", destroyed.rowcount),
    ]
