"""What the platform holds of a person, as a copy for them (articles 15 and 20).

Every table with a column that leads to the person is read, whatever its schema, and sealed fields
are opened. In rows about an account that others hold as well, what leads to these is left out; what
monitors a person is left out as a whole, since its disclosure is forbidden. Belongs here: choosing
rows and columns, and the archive. Does not belong here: who may have one.
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from finplatform.home import PRIVATE
from finplatform.oltp.codes import SCHEMA as OLTP
from finplatform.privacy.erasure import Place, copies_folder
from finplatform.privacy.identity import FIELDS, Purpose, open_identities
from finplatform.privacy.operational import operational_url
from finplatform.privacy.policy import load_policy
from finplatform.privacy.relations import (
    PERSON_COLUMNS,
    KeyKind,
    StoredTable,
    find_keys,
    stored_tables,
)
from finplatform.security.rights import load_rights
from finplatform.warehouse.identifiers import quote

_NOT_COPIED = frozenset({"access", "audit", "ops", "simulate", "vault", "quarantine"})
"""Schemas about the running of the platform, and the vault, which is opened instead."""

_UNINTELLIGIBLE_MARKS = frozenset({"token", "sealed"})
"""Marks of columns that are meaningless without a key."""

_OWNERS = frozenset({KeyKind.SUBJECT, KeyKind.CUSTOMER_KEY})
_COUNTERPARTY = ("counterparty_account",)
_README = """Copy of personal data, request {request}

data.json has everything; each table is a CSV file as well. identities.csv holds what the platform
keeps encrypted. Amounts are decimal numbers, instants are UTC, dates are ISO 8601.

Data about other people is left out, and data whose disclosure the law forbids.
"""


@dataclass(frozen=True)
class Held:
    """What is held of a person.

    Attributes:
        identities: Clear fields of each version of the person's identity.
        tables: Rows by `schema.table`, of tables that have any.
    """

    identities: list[dict[str, Any]]
    tables: dict[str, list[dict[str, Any]]]

    @property
    def counts(self) -> dict[str, int]:
        """Rows by table."""
        return {name: len(rows) for name, rows in self.tables.items()}


def held_of(place: Place, customer: str, purpose: Purpose) -> Held:
    """Everything held of a person.

    Args:
        place: Where.
        customer: Customer's number.
        purpose: Who answers and what for; in the trail before anything is opened.
    """
    opened = open_identities(place.warehouse, place.master, [customer], purpose)
    identities = [
        {name: row[name] for name in FIELDS if row[name] is not None}
        for row in opened.iter_rows(named=True)
    ]
    with place.warehouse.connect() as connection:
        found = dict(_rows(connection, customer))
        numbers = _keys(connection)
    source = operational_url(place.sources, place.warehouse.url)
    if source is not None and source != place.warehouse.url:
        with psycopg.connect(source) as connection:
            found |= dict(_source_rows(connection, numbers))
    unique = {json.dumps(one, sort_keys=True): one for one in identities}
    return Held([unique[text] for text in sorted(unique)], found)


def write_archive(place: Place, customer: str, request_id: str, held: Held) -> Path:
    """Writes the copy as JSON and CSV in a zip file, for this account alone.

    Returns:
        The file, named by the request.
    """
    folder = copies_folder(place, customer)
    folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    path = folder / f"{request_id}.zip"
    path.touch(mode=0o600)
    everything = {"request": request_id, "identities": held.identities, "tables": held.tables}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", _README.format(request=request_id))
        archive.writestr(
            "data.json", json.dumps(everything, default=_plain, indent=1, ensure_ascii=False)
        )
        archive.writestr("identities.csv", _csv(held.identities))
        for name, rows in held.tables.items():
            archive.writestr(f"{name}.csv", _csv(rows))
    return path


def _rows(
    connection: psycopg.Connection, customer: str
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    policy = load_policy()
    find_keys(connection, [customer])
    for table in stored_tables(connection, load_rights()):
        is_withheld = (
            table.subject in policy.withheld_subjects or table.name in policy.withheld_tables
        )
        is_copied = table.schema not in _NOT_COPIED and not is_withheld
        # Whatever has no row in the table of rights of this schema is about watching, or about us.
        is_known = table.subject is not None or table.schema == OLTP
        if is_copied and is_known and table.person_column is not None:
            rows = list(_own_rows(connection, table))
            if rows:
                yield table.name, rows


def _source_rows(
    connection: psycopg.Connection, keys: list[tuple[str, str, bool]]
) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Rows of the operational schema on another server, by the keys that the warehouse has."""
    connection.execute(
        "create temporary table person_keys"
        " (kind text, key text, subject_id text, is_joint boolean) on commit drop"
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into person_keys (kind, key, is_joint) values (%s, %s, %s)", keys
        )
    for table in stored_tables(connection, load_rights()):
        if table.schema == OLTP and table.person_column is not None:
            rows = list(_own_rows(connection, table))
            if rows:
                yield table.name, rows


def _keys(connection: psycopg.Connection) -> list[tuple[str, str, bool]]:
    return connection.execute("select kind, key, is_joint from person_keys").fetchall()


def _own_rows(connection: psycopg.Connection, table: StoredTable) -> Iterator[dict[str, Any]]:
    """Rows of a table, without what is meant for machines or about others."""
    for_machines = {name for name, mark in table.marks.items() if mark in _UNINTELLIGIBLE_MARKS}
    for_machines |= {name for name in table.columns if name.startswith(_COUNTERPARTY)}
    yield from _selected(connection, table, table.predicate(), for_machines)
    shared = table.joint_predicate()
    if shared is not None:
        # Another person owns the account: what leads to them is theirs.
        theirs = {name for name in table.columns if PERSON_COLUMNS.get(name) in _OWNERS}
        theirs |= {name for name, mark in table.marks.items() if mark == "masked"}
        condition = f"{shared} and not ({table.predicate()})"
        yield from _selected(connection, table, condition, for_machines | theirs)


def _selected(
    connection: psycopg.Connection, table: StoredTable, condition: str, hidden: set[str]
) -> Iterator[dict[str, Any]]:
    columns = ", ".join(f"t.{quote(name)}" for name in table.columns if name not in hidden)
    with connection.cursor(row_factory=dict_row) as cursor:
        yield from cursor.execute(
            f"select {columns} from {table.sql_name} as t where {condition}".encode()
        )


def _csv(rows: list[dict[str, Any]]) -> str:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    file = io.StringIO()
    writer = csv.DictWriter(file, columns, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(value) for name, value in row.items()})
    return file.getvalue()


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float | Decimal):
        return value
    if isinstance(value, dict | list):
        return json.dumps(value, default=_plain, ensure_ascii=False)
    return _plain(value)


def _plain(value: Any) -> str:
    """A value as JSON has it: exact."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return str(value)
