"""Triggers that journal every change of an entity, and on PostgreSQL the id of its transaction.

Entities that are there already are journalled as read (`r`): creating the triggers keeps writers
out until the end, so no change falls between the two.
"""

import sqlalchemy as sa
from alembic import op

from finplatform.oltp import journal

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SCHEMA = "oltp"
TABLES = ("branches", "products", "merchants", "customers", "accounts", "loans")
INDEX = "ix_change_journal_table_name_xid_journal_id"


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        default = sa.text("pg_current_xact_id()")
        xid = sa.Column("xid", journal.Xid8(), server_default=default, nullable=False)
        op.add_column("change_journal", xid, schema=SCHEMA)
        op.create_index(INDEX, "change_journal", ["table_name", "xid", "journal_id"], schema=SCHEMA)
    journal.install(connection, TABLES)
    journal.snapshot(connection, TABLES)


def downgrade() -> None:
    connection = op.get_bind()
    journal.uninstall(connection, TABLES)
    if connection.dialect.name == "postgresql":
        op.drop_index(INDEX, "change_journal", schema=SCHEMA)
        op.drop_column("change_journal", "xid", schema=SCHEMA)
