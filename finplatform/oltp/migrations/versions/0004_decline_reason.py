"""Reason of a declined transaction; unknown for existing rows."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NAME = "ck_transactions_decline_reason_is_known"
RULE = (
    "decline_reason in ('INSUFFICIENT_FUNDS', 'EXCEEDS_LIMIT', 'EXPIRED_CARD', 'INCORRECT_PIN',"
    " 'SUSPECTED_FRAUD', 'RESTRICTED_ACCOUNT', 'TECHNICAL')"
)


def _schema() -> str | None:
    """Adding a column does not translate the schema, and SQLite has none."""
    return "oltp" if op.get_bind().dialect.name == "postgresql" else None


def upgrade() -> None:
    rule = sa.CheckConstraint(RULE, name=op.f(NAME))
    column = sa.Column("decline_reason", sa.String(length=20), rule, nullable=True)
    op.add_column("transactions", column, schema=_schema())


def downgrade() -> None:
    op.drop_column("transactions", "decline_reason", schema=_schema())
