"""The tables that the stream's consumers fill.

Belongs here: making them. Does not belong here: their columns (see
`finplatform.contracts.streamed`), and what is stored (see `landing`).
"""

from adbc_driver_postgresql import dbapi

from finplatform.contracts.streamed import STREAMED
from finplatform.ingest.quarantine import REJECTED_ROWS
from finplatform.warehouse import ddl


def create_tables(connection: dbapi.Connection) -> None:
    """Makes the tables of events, alerts and rejected rows, unless they exist."""
    ddl.create_schemas(connection)
    for contract in (REJECTED_ROWS, *STREAMED.values()):
        ddl.create_table(connection, contract)
    connection.commit()
