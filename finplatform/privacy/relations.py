"""Tables and rows about a person, found by their columns.

A table is about a person if it has a column with keys of customers, or of their accounts, loans and
cases: a new table is found without being listed. The marks of its columns are in the table of
rights. Belongs here: finding such tables, and a person's keys. Does not belong here: reading or
changing the rows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import psycopg

from finplatform.security.rights import Rights
from finplatform.warehouse.identifiers import literal, quote


class KeyKind(StrEnum):
    """Kind of entity that a key identifies."""

    SUBJECT = "subject"
    CUSTOMER_KEY = "customer_key"
    ACCOUNT = "account"
    ACCOUNT_KEY = "account_key"
    LOAN = "loan"
    EXPOSURE = "exposure"
    CASE = "case"
    ALERT = "alert"


PERSON_COLUMNS: Mapping[str, KeyKind] = {
    "customer_id": KeyKind.SUBJECT,
    "holder_id": KeyKind.SUBJECT,
    "owner_id": KeyKind.SUBJECT,
    "subject_id": KeyKind.SUBJECT,
    "customer_key": KeyKind.CUSTOMER_KEY,
    "account_id": KeyKind.ACCOUNT,
    "account_key": KeyKind.ACCOUNT_KEY,
    "loan_id": KeyKind.LOAN,
    "exposure_id": KeyKind.EXPOSURE,
    "case_id": KeyKind.CASE,
    "alert_id": KeyKind.ALERT,
}
"""Columns that lead to a person, the most direct first; the first one of a row decides."""

_JOINT = (KeyKind.ACCOUNT, KeyKind.ACCOUNT_KEY)

_OWN_OF_OTHERS = {"loan_id", "exposure_id", "application_id", "review_id", "payment_id"}
"""Keys of entities that belong to one person, whatever account they are paid from."""

_CATALOGUE = """
    select
        n.nspname::text, c.relname::text, a.attname::text,
        format_type(a.atttypid, a.atttypmod), not a.attnotnull,
        exists (
            select from pg_trigger as t where t.tgrelid = c.oid and t.tgname = 'only_grows'
        )
    from pg_class as c
    inner join pg_namespace as n on n.oid = c.relnamespace
    inner join pg_attribute as a on a.attrelid = c.oid
    where c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0 and not a.attisdropped
        and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_'
    order by n.nspname, c.relname, a.attnum
"""

# By kind: tables that keys are read from, with the key and the column that leads back.
_KEYS: tuple[tuple[KeyKind, str, str, str, KeyKind], ...] = (
    (KeyKind.CUSTOMER_KEY, "gold.dim_customer", "customer_key", "customer_id", KeyKind.SUBJECT),
    (KeyKind.ACCOUNT, "bronze.accounts", "account_id", "customer_id", KeyKind.SUBJECT),
    (KeyKind.ACCOUNT_KEY, "gold.dim_account", "account_key", "customer_id", KeyKind.SUBJECT),
    (KeyKind.LOAN, "bronze.loans", "loan_id", "customer_id", KeyKind.SUBJECT),
    (KeyKind.EXPOSURE, "bronze.loans", "loan_id", "customer_id", KeyKind.SUBJECT),
    (KeyKind.EXPOSURE, "bronze.accounts", "account_id", "customer_id", KeyKind.SUBJECT),
    (KeyKind.CASE, "compliance.aml_cases", "case_id", "customer_id", KeyKind.SUBJECT),
    (KeyKind.ALERT, "compliance.aml_alerts", "alert_id", "customer_id", KeyKind.SUBJECT),
)


@dataclass(frozen=True)
class Stored:
    """A stored column.

    Attributes:
        sql_type: Type as PostgreSQL writes it.
        is_nullable: Whether it may be null.
    """

    sql_type: str
    is_nullable: bool

    @property
    def is_text(self) -> bool:
        """Whether words can stand in it."""
        return self.sql_type.startswith(("text", "character", "json"))


@dataclass(frozen=True)
class StoredTable:
    """A stored table as the catalogue and the table of rights have it.

    Attributes:
        schema: Schema.
        table: Table.
        columns: Its columns in order.
        marks: Columns that identify people, each with its mark.
        subject: Subject of its rows by the table of rights; None if it has no row there.
        only_grows: Whether a trigger refuses changes of it.
    """

    schema: str
    table: str
    columns: Mapping[str, Stored]
    marks: Mapping[str, str] = field(default_factory=dict)
    subject: str | None = None
    only_grows: bool = False

    @property
    def name(self) -> str:
        """`schema.table`."""
        return f"{self.schema}.{self.table}"

    @property
    def sql_name(self) -> str:
        """Quoted name."""
        return f"{quote(self.schema)}.{quote(self.table)}"

    @property
    def person_column(self) -> str | None:
        """Column that leads to the person of a row; None if no row is a person's."""
        return next((name for name in PERSON_COLUMNS if name in self.columns), None)

    def predicate(self, alias: str = "t") -> str:
        """Condition of rows that belong to the people in `person_keys`.

        Raises:
            ValueError: If no row is a person's.
        """
        column = self.person_column
        if column is None:
            raise ValueError(f"{self.name} is about no person")
        return self._matches(column, alias, joint=False)

    def joint_predicate(self, alias: str = "t") -> str | None:
        """Condition of rows about accounts that the people hold together with others, or None."""
        if _OWN_OF_OTHERS & self.columns.keys():
            return None
        for column, kind in PERSON_COLUMNS.items():
            if kind in _JOINT and column in self.columns:
                return self._matches(column, alias, joint=True)
        return None

    def _matches(self, column: str, alias: str, *, joint: bool) -> str:
        kind, sql_type = PERSON_COLUMNS[column], self.columns[column].sql_type
        return (
            f"{alias}.{quote(column)} in (select k.key::{sql_type} from person_keys as k"
            f" where k.kind = {literal(kind.value)} and {'' if joint else 'not '}k.is_joint)"
        )


def stored_tables(connection: psycopg.Connection, rights: Rights) -> list[StoredTable]:
    """All tables of the database, with their marks.

    Args:
        connection: Session with access to them.
        rights: The table of rights.
    """
    found: dict[tuple[str, str], dict[str, Stored]] = {}
    growing = set()
    for schema, table, column, sql_type, is_nullable, only_grows in connection.execute(_CATALOGUE):
        found.setdefault((schema, table), {})[column] = Stored(sql_type, is_nullable)
        if only_grows:
            growing.add((schema, table))
    tables = []
    for (schema, table), columns in found.items():
        row = rights.tables.get(f"{schema}.{table}")
        marks = {name: mark for name, mark in (row.marks if row else {}).items() if name in columns}
        subject = row.subject if row else None
        is_growing = (schema, table) in growing
        tables.append(StoredTable(schema, table, columns, marks, subject, is_growing))
    return tables


def find_keys(connection: psycopg.Connection, subjects: Iterable[str]) -> None:
    """Fills the temporary table `person_keys` with all keys that lead to some people.

    It lives until the transaction ends: `kind`, `key`, `subject_id` of whom it leads to, and
    `is_joint` for accounts that another person owns and they hold as well.

    Args:
        connection: Session, in a transaction.
        subjects: Customers' numbers.
    """
    connection.execute(
        "create temporary table person_keys"
        " (kind text not null, key text not null, subject_id text not null,"
        " is_joint boolean not null default false) on commit drop"
    )
    connection.execute(
        "insert into person_keys (kind, key, subject_id)"
        " select distinct %s, one, one from unnest(%s::text[]) as wanted (one)",
        (KeyKind.SUBJECT.value, list(subjects)),
    )
    for kind, table, key, back, leads in _KEYS:
        if not exists(connection, table):
            continue
        connection.execute(
            "insert into person_keys (kind, key, subject_id)"
            f" select distinct %s, t.{key}::text, k.subject_id from {table} as t"
            f" inner join person_keys as k on k.kind = %s and k.key = t.{back}".encode(),
            (kind.value, leads.value),
        )
    _find_joint(connection)
    connection.execute("analyze person_keys")


def exists(connection: psycopg.Connection, name: str) -> bool:
    """Whether a table or view exists."""
    row = connection.execute("select to_regclass(%s) is not null", (name,)).fetchone()
    return bool(row and row[0])


def _find_joint(connection: psycopg.Connection) -> None:
    if not exists(connection, "compliance.account_holders"):
        return
    connection.execute(
        "insert into person_keys (kind, key, subject_id, is_joint)"
        " select distinct 'account', h.account_id, k.subject_id, true"
        " from compliance.account_holders as h"
        " inner join person_keys as k on k.kind = 'subject' and k.key = h.customer_id"
        " where not exists (select from person_keys as o where o.kind = 'account'"
        " and o.key = h.account_id and o.subject_id = k.subject_id)"
    )
    if exists(connection, "gold.dim_account"):
        connection.execute(
            "insert into person_keys (kind, key, subject_id, is_joint)"
            " select distinct 'account_key', d.account_key::text, k.subject_id, true"
            " from gold.dim_account as d"
            " inner join person_keys as k on k.kind = 'account' and k.is_joint"
            " and k.key = d.account_id"
        )
