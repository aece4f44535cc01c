"""Clearing quarantine of what a load finds again or has mended.

Belongs here: the rejections of a table that a load replaces, and their sealed texts. Does not
belong here: the shape of a rejected row (see `quarantine`).
"""

from adbc_driver_postgresql import dbapi

from finplatform.ingest.quarantine import SUBJECT
from finplatform.warehouse import bulk
from finplatform.warehouse.identifiers import literal
from finplatform.windows import Window

_CLEARED = "rejections_cleared"


def begin_clearing(connection: dbapi.Connection) -> None:
    """Creates the note of what is cleared; it goes with the transaction."""
    bulk.execute(connection, f"create temporary table {_CLEARED} (identity_id text) on commit drop")


def clear(connection: dbapi.Connection, table: str, window: Window | None) -> None:
    """Takes the rejections of a table out of quarantine, of a window and those without a day.

    Args:
        connection: Connection of the load.
        table: Bronze table.
        window: Days that are loaded; None for all.
    """
    condition = f"table_name = {literal(table)}"
    if window is not None:
        condition += f" and (partition_date is null or {window.predicate('partition_date')})"
    bulk.execute(
        connection,
        f"with cleared as (delete from quarantine.rejected_rows where {condition}"
        f" returning identity_id) insert into {_CLEARED} select identity_id from cleared",
    )


def forget_cleared(connection: dbapi.Connection) -> None:
    """Removes sealed texts of rejections that are gone: they have no reason to be kept."""
    bulk.execute(
        connection,
        "delete from vault.customer_identity as i"
        f" using (select distinct identity_id from {_CLEARED}) as c"
        f" where i.identity_id = c.identity_id and i.subject_id = {literal(SUBJECT)}"
        " and not exists (select from quarantine.rejected_rows as r"
        " where r.identity_id = i.identity_id)",
    )
