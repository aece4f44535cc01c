"""Tables with their keys and rules; the journal is a plain table as yet."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = "oltp"
MONEY = sa.Numeric(18, 2)
PRICE = sa.Numeric(18, 6)
RATE = sa.Numeric(9, 6)
# SQLite numbers rows by itself only in a column declared INTEGER.
BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def _one_of(table: str, column: str, *values: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} in ({listed})", name=op.f(f"ck_{table}_{column}_is_known"))


def upgrade() -> None:
    op.create_table(
        "branches",
        sa.Column("branch_id", sa.String(length=12), nullable=False),
        sa.Column("branch_name", sa.String(length=80), nullable=False),
        sa.Column("city", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=80), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("region", sa.String(length=40), nullable=False),
        sa.Column("timezone", sa.String(length=40), nullable=False),
        sa.Column("opened_date", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("branch_id", name=op.f("pk_branches")),
        schema=SCHEMA,
    )
    op.create_table(
        "products",
        sa.Column("product_id", sa.String(length=12), nullable=False),
        sa.Column("product_name", sa.String(length=80), nullable=False),
        sa.Column("product_type", sa.String(length=20), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("interest_rate", RATE, nullable=False),
        sa.Column("fees", MONEY, nullable=False),
        sa.Column("terms_conditions", sa.Text(), nullable=False),
        sa.Column("risk_level", sa.String(length=8), nullable=False),
        sa.Column("minimum_balance", MONEY, nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("product_id", name=op.f("pk_products")),
        _one_of(
            "products",
            "product_type",
            "CHECKING",
            "SAVINGS",
            "CREDIT_CARD",
            "MORTGAGE",
            "PERSONAL_LOAN",
            "AUTO_LOAN",
            "BUSINESS_LOAN",
        ),
        _one_of("products", "risk_level", "LOW", "MEDIUM", "HIGH"),
        sa.CheckConstraint("fees >= 0", name=op.f("ck_products_fees_not_negative")),
        schema=SCHEMA,
    )
    op.create_table(
        "merchants",
        sa.Column("merchant_id", sa.String(length=12), nullable=False),
        sa.Column("merchant_name", sa.String(length=80), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("mcc", sa.String(length=4), nullable=False),
        sa.Column("business_type", sa.String(length=40), nullable=False),
        sa.Column("city", sa.String(length=80), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("commission_rate", RATE, nullable=False),
        sa.Column("risk_level", sa.String(length=8), nullable=False),
        sa.Column("onboarded_date", sa.Date(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("merchant_id", name=op.f("pk_merchants")),
        _one_of("merchants", "risk_level", "LOW", "MEDIUM", "HIGH"),
        sa.CheckConstraint(
            "commission_rate between 0 and 1", name=op.f("ck_merchants_commission_is_a_share")
        ),
        schema=SCHEMA,
    )
    op.create_table(
        "customers",
        sa.Column("customer_id", sa.String(length=16), nullable=False),
        sa.Column("first_name", sa.String(length=80), nullable=False),
        sa.Column("last_name", sa.String(length=80), nullable=False),
        sa.Column("email", sa.String(length=160), nullable=True),
        sa.Column("phone", sa.String(length=32), nullable=True),
        sa.Column("address", sa.String(length=200), nullable=True),
        sa.Column("city", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=80), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("date_of_birth", sa.Date(), nullable=False),
        sa.Column("sex", sa.String(length=1), nullable=True),
        sa.Column("customer_since", sa.Date(), nullable=False),
        sa.Column("risk_profile", sa.String(length=8), nullable=False),
        sa.Column("credit_score", sa.SmallInteger(), nullable=True),
        sa.Column("annual_income", MONEY, nullable=True),
        sa.Column("employment_status", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", name=op.f("pk_customers")),
        sa.UniqueConstraint("email", name=op.f("uq_customers_email")),
        _one_of("customers", "risk_profile", "LOW", "MEDIUM", "HIGH"),
        _one_of(
            "customers",
            "employment_status",
            "EMPLOYED",
            "SELF_EMPLOYED",
            "UNEMPLOYED",
            "STUDENT",
            "RETIRED",
        ),
        sa.CheckConstraint(
            "credit_score between 300 and 850", name=op.f("ck_customers_credit_score_in_range")
        ),
        sa.CheckConstraint("annual_income >= 0", name=op.f("ck_customers_income_not_negative")),
        sa.CheckConstraint(
            "date_of_birth < customer_since", name=op.f("ck_customers_born_before_joining")
        ),
        schema=SCHEMA,
    )
    op.create_table(
        "accounts",
        sa.Column("account_id", sa.String(length=16), nullable=False),
        sa.Column("customer_id", sa.String(length=16), nullable=False),
        sa.Column("product_id", sa.String(length=12), nullable=False),
        sa.Column("account_type", sa.String(length=20), nullable=False),
        sa.Column("account_number", sa.String(length=34), nullable=False),
        sa.Column("opening_date", sa.Date(), nullable=False),
        sa.Column("closing_date", sa.Date(), nullable=True),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("balance", MONEY, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("interest_rate", RATE, nullable=False),
        sa.Column("credit_limit", MONEY, nullable=False),
        sa.Column("branch_id", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_accounts")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["oltp.customers.customer_id"], name=op.f("fk_accounts_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["oltp.products.product_id"], name=op.f("fk_accounts_product_id")
        ),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["oltp.branches.branch_id"], name=op.f("fk_accounts_branch_id")
        ),
        sa.UniqueConstraint("account_number", name=op.f("uq_accounts_account_number")),
        _one_of("accounts", "account_type", "CHECKING", "SAVINGS", "CREDIT_CARD"),
        _one_of("accounts", "status", "ACTIVE", "DORMANT", "FROZEN", "CLOSED"),
        sa.CheckConstraint("credit_limit >= 0", name=op.f("ck_accounts_limit_not_negative")),
        sa.CheckConstraint(
            "closing_date is null or closing_date >= opening_date",
            name=op.f("ck_accounts_closes_after_opening"),
        ),
        schema=SCHEMA,
    )
    op.create_table(
        "transactions",
        sa.Column("transaction_id", BIG_ID, nullable=False, autoincrement=False),
        sa.Column("account_id", sa.String(length=16), nullable=False),
        sa.Column("transaction_type", sa.String(length=20), nullable=False),
        sa.Column("amount", MONEY, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("transaction_date", sa.DateTime(timezone=True), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=True),
        sa.Column("reference_number", sa.String(length=40), nullable=True),
        sa.Column("counterparty_account", sa.String(length=34), nullable=True),
        sa.Column("merchant_id", sa.String(length=12), nullable=True),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("fees", MONEY, nullable=False),
        sa.Column("exchange_rate", sa.Numeric(precision=18, scale=8), nullable=False),
        sa.PrimaryKeyConstraint("transaction_id", name=op.f("pk_transactions")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["oltp.accounts.account_id"], name=op.f("fk_transactions_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"],
            ["oltp.merchants.merchant_id"],
            name=op.f("fk_transactions_merchant_id"),
        ),
        _one_of(
            "transactions",
            "transaction_type",
            "OPENING_BALANCE",
            "DEPOSIT",
            "SALARY",
            "TRANSFER_IN",
            "INTEREST",
            "REFUND",
            "LOAN_DISBURSEMENT",
            "WITHDRAWAL",
            "TRANSFER_OUT",
            "CARD_PAYMENT",
            "BILL_PAYMENT",
            "LOAN_PAYMENT",
            "FEE",
        ),
        _one_of("transactions", "status", "COMPLETED", "PENDING", "FAILED", "REVERSED"),
        _one_of("transactions", "channel", "BRANCH", "ATM", "POS", "ONLINE", "MOBILE", "BATCH"),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_transactions_amount_not_negative")),
        sa.CheckConstraint("fees >= 0", name=op.f("ck_transactions_fees_not_negative")),
        sa.CheckConstraint(
            "exchange_rate > 0", name=op.f("ck_transactions_exchange_rate_positive")
        ),
        schema=SCHEMA,
    )
    op.create_table(
        "loans",
        sa.Column("loan_id", sa.String(length=16), nullable=False),
        sa.Column("customer_id", sa.String(length=16), nullable=False),
        sa.Column("account_id", sa.String(length=16), nullable=False),
        sa.Column("product_id", sa.String(length=12), nullable=False),
        sa.Column("loan_type", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=True),
        sa.Column("principal_amount", MONEY, nullable=False),
        sa.Column("outstanding_principal", MONEY, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("interest_rate", RATE, nullable=False),
        sa.Column("term_months", sa.SmallInteger(), nullable=False),
        sa.Column("origination_date", sa.Date(), nullable=False),
        sa.Column("maturity_date", sa.Date(), nullable=False),
        sa.Column("collateral_type", sa.String(length=20), nullable=True),
        sa.Column("collateral_value", MONEY, nullable=True),
        sa.Column("turnover_eur_m", sa.Numeric(precision=12, scale=3), nullable=True),
        sa.Column("specific_provision", MONEY, nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.PrimaryKeyConstraint("loan_id", name=op.f("pk_loans")),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["oltp.customers.customer_id"], name=op.f("fk_loans_customer_id")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["oltp.accounts.account_id"], name=op.f("fk_loans_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["oltp.products.product_id"], name=op.f("fk_loans_product_id")
        ),
        _one_of("loans", "loan_type", "MORTGAGE", "PERSONAL_LOAN", "AUTO_LOAN", "BUSINESS_LOAN"),
        _one_of("loans", "status", "ACTIVE", "PAID_OFF", "DEFAULTED", "CHARGED_OFF"),
        sa.CheckConstraint("principal_amount > 0", name=op.f("ck_loans_principal_positive")),
        sa.CheckConstraint(
            "outstanding_principal >= 0", name=op.f("ck_loans_outstanding_not_negative")
        ),
        sa.CheckConstraint("term_months > 0", name=op.f("ck_loans_term_positive")),
        schema=SCHEMA,
    )
    op.create_table(
        "loan_payments",
        sa.Column("payment_id", BIG_ID, nullable=False, autoincrement=False),
        sa.Column("loan_id", sa.String(length=16), nullable=False),
        sa.Column("installment_number", sa.SmallInteger(), nullable=False),
        sa.Column("due_date", sa.Date(), nullable=False),
        sa.Column("payment_date", sa.Date(), nullable=True),
        sa.Column("scheduled_amount", MONEY, nullable=False),
        sa.Column("paid_amount", MONEY, nullable=False),
        sa.Column("principal_component", MONEY, nullable=False),
        sa.Column("interest_component", MONEY, nullable=False),
        sa.Column("outstanding_principal", MONEY, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_loan_payments")),
        sa.ForeignKeyConstraint(
            ["loan_id"], ["oltp.loans.loan_id"], name=op.f("fk_loan_payments_loan_id")
        ),
        sa.UniqueConstraint(
            "loan_id",
            "installment_number",
            name=op.f("uq_loan_payments_loan_id_installment_number"),
        ),
        _one_of("loan_payments", "status", "DUE", "PAID", "LATE", "PARTIAL", "MISSED"),
        sa.CheckConstraint(
            "scheduled_amount >= 0", name=op.f("ck_loan_payments_scheduled_not_negative")
        ),
        sa.CheckConstraint("paid_amount >= 0", name=op.f("ck_loan_payments_paid_not_negative")),
        schema=SCHEMA,
    )
    op.create_table(
        "risk_assessments",
        sa.Column("assessment_id", BIG_ID, nullable=False, autoincrement=False),
        sa.Column("customer_id", sa.String(length=16), nullable=False),
        sa.Column("assessment_date", sa.Date(), nullable=False),
        sa.Column("credit_score", sa.SmallInteger(), nullable=True),
        sa.Column("risk_category", sa.String(length=8), nullable=False),
        sa.Column("probability_default", RATE, nullable=False),
        sa.Column("assessment_model", sa.String(length=40), nullable=False),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("assessment_id", name=op.f("pk_risk_assessments")),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["oltp.customers.customer_id"],
            name=op.f("fk_risk_assessments_customer_id"),
        ),
        _one_of("risk_assessments", "risk_category", "LOW", "MEDIUM", "HIGH"),
        sa.CheckConstraint(
            "probability_default between 0 and 1",
            name=op.f("ck_risk_assessments_probability_is_a_share"),
        ),
        schema=SCHEMA,
    )
    op.create_table(
        "market_data",
        sa.Column("data_id", BIG_ID, nullable=False, autoincrement=False),
        sa.Column("symbol", sa.String(length=12), nullable=False),
        sa.Column("data_date", sa.Date(), nullable=False),
        sa.Column("open_price", PRICE, nullable=False),
        sa.Column("high_price", PRICE, nullable=False),
        sa.Column("low_price", PRICE, nullable=False),
        sa.Column("close_price", PRICE, nullable=False),
        sa.Column("volume", sa.BigInteger(), nullable=False),
        sa.Column("market_cap", sa.Numeric(precision=20, scale=2), nullable=True),
        sa.Column("sector", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("data_id", name=op.f("pk_market_data")),
        sa.UniqueConstraint("symbol", "data_date", name=op.f("uq_market_data_symbol_data_date")),
        sa.CheckConstraint("low_price <= high_price", name=op.f("ck_market_data_low_below_high")),
        schema=SCHEMA,
    )
    op.create_table(
        "regulatory_reports",
        sa.Column("report_id", BIG_ID, nullable=False, autoincrement=False),
        sa.Column("report_type", sa.String(length=40), nullable=False),
        sa.Column("reporting_period", sa.String(length=10), nullable=False),
        sa.Column("generation_date", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("file_path", sa.String(length=200), nullable=True),
        sa.Column("submitted_date", sa.Date(), nullable=True),
        sa.Column("regulatory_body", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_regulatory_reports")),
        sa.UniqueConstraint(
            "report_type",
            "reporting_period",
            "regulatory_body",
            name=op.f("uq_regulatory_reports_type_period_body"),
        ),
        schema=SCHEMA,
    )
    op.create_table(
        "change_journal",
        sa.Column("journal_id", BIG_ID, nullable=False),
        sa.Column("table_name", sa.String(length=40), nullable=False),
        sa.Column("entity_id", sa.String(length=40), nullable=False),
        sa.Column("op", sa.String(length=1), nullable=False),
        sa.Column(
            "changed_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()
        ),
        sa.Column("row_data", JSON, nullable=False),
        sa.PrimaryKeyConstraint("journal_id", name=op.f("pk_change_journal")),
        _one_of("change_journal", "op", "r", "c", "u", "d"),
        schema=SCHEMA,
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    for table in (
        "change_journal",
        "regulatory_reports",
        "market_data",
        "risk_assessments",
        "loan_payments",
        "loans",
        "transactions",
        "accounts",
        "customers",
        "merchants",
        "products",
        "branches",
    ):
        op.drop_table(table, schema=SCHEMA)
