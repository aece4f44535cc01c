"""People in the operational schema: where they are in clear, corrected and erased.

Belongs here: changes of the schema `oltp`, wherever it is. Another kind of source is its owner's to
change; what it delivers of an erased person is refused at ingest. Does not belong here: the
warehouse.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl
import psycopg
from psycopg import sql

from finplatform.errors import FinplatformError, NothingFoundError
from finplatform.ingest.connectors.config import PostgresSource, SourcesConfig
from finplatform.oltp.codes import SCHEMA
from finplatform.privacy.relations import exists
from finplatform.privacy.table_search import ERASED

_ERASE = (
    # A decade is shared by many; a column that may not be null has to hold something.
    "update oltp.customers as c set first_name = %(erased)s, last_name = %(erased)s, email = null,"
    " phone = null, address = null,"
    " date_of_birth = make_date((extract(year from c.date_of_birth)::int / 10) * 10, 1, 1)"
    " from erased_people as e where e.subject_id = c.customer_id"
    " and (c.first_name, c.last_name, c.email, c.phone, c.address)"
    " is distinct from (%(erased)s, %(erased)s, null, null, null)",
    "update oltp.transactions as t set counterparty_account = n.replacement"
    " from erased_numbers as n inner join oltp.accounts as a using (account_id)"
    " where t.counterparty_account = a.account_number and a.account_number <> n.replacement",
    "update oltp.transactions as t set description = null from oltp.accounts as a"
    " inner join erased_people as e on e.subject_id = a.customer_id"
    " where t.account_id = a.account_id and t.description is not null",
    "update oltp.risk_assessments as r set notes = null from erased_people as e"
    " where e.subject_id = r.customer_id and r.notes is not null",
    "update oltp.accounts as a set account_number = n.replacement from erased_numbers as n"
    " where n.account_id = a.account_id and a.account_number <> n.replacement",
    # The warehouse is erased by itself, and would refuse these changes.
    "delete from oltp.change_journal where xid = pg_current_xact_id()"
    " and table_name in ('customers', 'accounts')",
    "update oltp.change_journal as j set row_data = j.row_data || jsonb_build_object("
    " 'first_name', %(erased)s::text, 'last_name', %(erased)s::text, 'email', null, 'phone', null,"
    " 'address', null, 'date_of_birth', left(j.row_data ->> 'date_of_birth', 3) || '0-01-01')"
    " from erased_people as e where j.table_name = 'customers' and j.entity_id = e.subject_id"
    " and j.row_data ->> 'first_name' is distinct from %(erased)s",
    "update oltp.change_journal as j set row_data = j.row_data"
    " || jsonb_build_object('account_number', n.replacement)"
    " from erased_numbers as n where j.table_name = 'accounts' and j.entity_id = n.account_id"
    " and j.row_data ->> 'account_number' is distinct from n.replacement",
)

_VACUUMED = ("customers", "accounts", "change_journal")


def operational_url(sources: SourcesConfig, warehouse_url: str) -> str | None:
    """URL of the database that holds the operational schema; None if customers come elsewhere.

    Args:
        sources: The source configuration.
        warehouse_url: URL of the platform's own database.
    """
    table = sources.tables.get("customers")
    source = sources.sources.get(table.source) if table is not None else None
    if not isinstance(source, PostgresSource) or source.schema_name != SCHEMA:
        return None
    return source.url.get_secret_value() if source.url is not None else warehouse_url


def erase_in_source(url: str, subjects: Sequence[str], numbers: pl.DataFrame) -> int:
    """Erases people in the operational schema, its journal of changes included, at once.

    Args:
        url: libpq URL of its database.
        subjects: Customers' numbers.
        numbers: Replacements of account numbers, by `account_id`.

    Returns:
        Rows changed; none where all are erased.
    """
    changed = 0
    with psycopg.connect(url) as connection:
        if not exists(connection, "oltp.change_journal"):
            return changed
        connection.execute(
            "create temporary table erased_people on commit drop as"
            " select distinct one as subject_id from unnest(%s::text[]) as given (one)",
            (list(subjects),),
        )
        connection.execute(
            "create temporary table erased_numbers on commit drop as"
            " select account_id, replacement from unnest(%s::text[], %s::text[])"
            " as given (account_id, replacement)",
            (numbers["account_id"].to_list(), numbers["replacement"].to_list()),
        )
        for statement in _ERASE:
            changed += connection.execute(statement.encode(), {"erased": ERASED}).rowcount
    return changed


def scrub(url: str, schema: str, tables: Sequence[str]) -> None:
    """Writes tables anew, so that earlier versions of rows are in no data file.

    Args:
        url: libpq URL of the database.
        schema: Schema of the tables.
        tables: Tables; those that another login owns are its owner's to write anew.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        for table in tables:
            if exists(connection, f"{schema}.{table}"):
                name = sql.Identifier(schema, table)
                connection.execute(sql.SQL("vacuum (full) {}").format(name))


def scrub_source(url: str) -> None:
    """Writes the tables of the operational schema anew that held people in clear."""
    scrub(url, SCHEMA, _VACUUMED)


def rectify_in_source(url: str, customer: str, changes: Mapping[str, str | date | None]) -> None:
    """Corrects fields of a customer; the journal takes the change to history with the next load.

    Args:
        url: libpq URL of the operational schema's database.
        customer: Customer's number.
        changes: New value by column.

    Raises:
        NothingFoundError: If there is no such customer.
        FinplatformError: If the schema refuses a value.
    """
    pairs = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in changes
    )
    statement = sql.SQL("update oltp.customers set {} where customer_id = {}").format(
        pairs, sql.Placeholder("customer")
    )
    try:
        with psycopg.connect(url) as connection:
            done = connection.execute(statement, {**changes, "customer": customer})
            if done.rowcount == 0:
                raise NothingFoundError(
                    f"The operational schema has no customer {customer}. Nothing was changed."
                )
    except (psycopg.errors.IntegrityError, psycopg.errors.DataError) as error:
        rule = error.diag.constraint_name or type(error).__name__
        raise FinplatformError(
            f"The operational schema refuses the correction ({rule}). Nothing was changed.",
            "An e-mail address belongs to one customer, and a birth lies before the first day.",
        ) from None
