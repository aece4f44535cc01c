"""Alembic environment: binds the models to the caller's connection.

The connection, and with it the transaction, comes from `finplatform.oltp.migrate`. Does not belong
here: opening a connection or reading configuration.
"""

from alembic import context

from finplatform.oltp.codes import SCHEMA
from finplatform.oltp.migrate import VERSION_TABLE, target_metadata

connection = context.config.attributes["connection"]
is_postgresql = connection.dialect.name == "postgresql"


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    return kind != "schema" or name == (SCHEMA if is_postgresql else None)


context.configure(
    connection=connection,
    target_metadata=target_metadata(connection.dialect.name),
    version_table=VERSION_TABLE,
    version_table_schema=SCHEMA if is_postgresql else None,
    include_schemas=is_postgresql,
    include_name=_is_ours,
    render_as_batch=not is_postgresql,
    compare_server_default=True,
    autogenerate_plugins=["alembic.autogenerate.*", "alembic.ext.checkconstraint_byname"],
)
with context.begin_transaction():
    context.run_migrations()
