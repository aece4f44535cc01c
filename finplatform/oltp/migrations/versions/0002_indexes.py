"""Indexes; `docs/operational_schema.md` names the query that each one serves."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SCHEMA = "oltp"
INDEXES = (
    ("customers", ("country", "state", "city")),
    ("accounts", ("customer_id",)),
    ("accounts", ("branch_id",)),
    ("transactions", ("transaction_date",)),
    ("transactions", ("account_id", "transaction_date")),
    ("loans", ("customer_id",)),
    ("loan_payments", ("due_date",)),
    ("market_data", ("data_date",)),
    ("risk_assessments", ("customer_id", "assessment_date")),
    ("change_journal", ("table_name", "journal_id")),
)


def _name(table: str, columns: tuple[str, ...]) -> str:
    return "_".join(("ix", table, *columns))


def upgrade() -> None:
    for table, columns in INDEXES:
        op.create_index(_name(table, columns), table, list(columns), schema=SCHEMA)


def downgrade() -> None:
    for table, columns in reversed(INDEXES):
        op.drop_index(_name(table, columns), table, schema=SCHEMA)
