"""Tables of the operational schema `oltp`, one class each.

Column names are those of the business requirements, so that the published sample queries run on
them. The models are the target of the Alembic migrations and work on PostgreSQL (schema `oltp`) and
on SQLite (no schema). Amounts are never negative: the transaction type gives the direction.

Does not belong here: reading or writing rows, and analytical tables.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Numeric,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from finplatform.oltp.codes import (
    ACCOUNT_STATUSES,
    ACCOUNT_TYPES,
    CHANNELS,
    DECLINE_REASONS,
    EMPLOYMENT_STATUSES,
    LOAN_PAYMENT_STATUSES,
    LOAN_STATUSES,
    LOAN_TYPES,
    PRODUCT_TYPES,
    RISK_LEVELS,
    SCHEMA,
    TRANSACTION_STATUSES,
    TRANSACTION_TYPES,
)

Money = Numeric(18, 2)
Rate = Numeric(9, 6)
BigId = BigInteger().with_variant(Integer, "sqlite")


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} in ({listed})", name=f"{column}_is_known")


class Base(DeclarativeBase):
    """Declarative base with a naming convention, so that migrations can drop constraints."""

    metadata = MetaData(
        schema=SCHEMA,
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        },
    )
    type_annotation_map = {  # noqa: RUF012 - the name and type that SQLAlchemy requires
        Decimal: Money,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSON().with_variant(JSONB, "postgresql"),
    }


class Branch(Base):
    """A branch of the bank."""

    __tablename__ = "branches"
    branch_id: Mapped[str] = mapped_column(String(12), primary_key=True)
    branch_name: Mapped[str] = mapped_column(String(80))
    city: Mapped[str] = mapped_column(String(80))
    state: Mapped[str | None] = mapped_column(String(80))
    country: Mapped[str] = mapped_column(String(2))
    region: Mapped[str] = mapped_column(String(40))
    timezone: Mapped[str] = mapped_column(String(40))
    opened_date: Mapped[date]


class Product(Base):
    """A product of the catalogue: an account or loan type with its terms."""

    __tablename__ = "products"
    __table_args__ = (
        _one_of("product_type", PRODUCT_TYPES),
        _one_of("risk_level", RISK_LEVELS),
        CheckConstraint("fees >= 0", name="fees_not_negative"),
    )
    product_id: Mapped[str] = mapped_column(String(12), primary_key=True)
    product_name: Mapped[str] = mapped_column(String(80))
    product_type: Mapped[str] = mapped_column(String(20))
    category: Mapped[str] = mapped_column(String(20))
    description: Mapped[str] = mapped_column(Text)
    interest_rate: Mapped[Decimal] = mapped_column(Rate)
    fees: Mapped[Decimal]
    terms_conditions: Mapped[str] = mapped_column(Text)
    risk_level: Mapped[str] = mapped_column(String(8))
    minimum_balance: Mapped[Decimal]
    is_active: Mapped[bool]


class Merchant(Base):
    """A shop or company that customers pay."""

    __tablename__ = "merchants"
    __table_args__ = (
        _one_of("risk_level", RISK_LEVELS),
        CheckConstraint("commission_rate between 0 and 1", name="commission_is_a_share"),
    )
    merchant_id: Mapped[str] = mapped_column(String(12), primary_key=True)
    merchant_name: Mapped[str] = mapped_column(String(80))
    category: Mapped[str] = mapped_column(String(40))
    mcc: Mapped[str] = mapped_column(String(4))
    business_type: Mapped[str] = mapped_column(String(40))
    city: Mapped[str] = mapped_column(String(80))
    country: Mapped[str] = mapped_column(String(2))
    commission_rate: Mapped[Decimal] = mapped_column(Rate)
    risk_level: Mapped[str] = mapped_column(String(8))
    onboarded_date: Mapped[date]
    is_active: Mapped[bool]


class Customer(Base):
    """A customer, with identifiers in clear, which only this schema may hold."""

    __tablename__ = "customers"
    __table_args__ = (
        UniqueConstraint("email"),
        _one_of("risk_profile", RISK_LEVELS),
        _one_of("employment_status", EMPLOYMENT_STATUSES),
        CheckConstraint("credit_score between 300 and 850", name="credit_score_in_range"),
        CheckConstraint("annual_income >= 0", name="income_not_negative"),
        CheckConstraint("date_of_birth < customer_since", name="born_before_joining"),
        Index(None, "country", "state", "city"),
    )
    customer_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    first_name: Mapped[str] = mapped_column(String(80))
    last_name: Mapped[str] = mapped_column(String(80))
    email: Mapped[str | None] = mapped_column(String(160))
    phone: Mapped[str | None] = mapped_column(String(32))
    address: Mapped[str | None] = mapped_column(String(200))
    city: Mapped[str] = mapped_column(String(80))
    state: Mapped[str | None] = mapped_column(String(80))
    country: Mapped[str] = mapped_column(String(2))
    date_of_birth: Mapped[date]
    sex: Mapped[str | None] = mapped_column(String(1))
    customer_since: Mapped[date]
    risk_profile: Mapped[str] = mapped_column(String(8))
    credit_score: Mapped[int | None] = mapped_column(SmallInteger)
    annual_income: Mapped[Decimal | None]
    employment_status: Mapped[str] = mapped_column(String(16))


class Account(Base):
    """A current, savings or card account of one customer."""

    __tablename__ = "accounts"
    __table_args__ = (
        UniqueConstraint("account_number"),
        _one_of("account_type", ACCOUNT_TYPES),
        _one_of("status", ACCOUNT_STATUSES),
        CheckConstraint("credit_limit >= 0", name="limit_not_negative"),
        CheckConstraint(
            "closing_date is null or closing_date >= opening_date", name="closes_after_opening"
        ),
        Index(None, "customer_id"),
        Index(None, "branch_id"),
    )
    account_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("oltp.customers.customer_id"))
    product_id: Mapped[str] = mapped_column(ForeignKey("oltp.products.product_id"))
    account_type: Mapped[str] = mapped_column(String(20))
    account_number: Mapped[str] = mapped_column(String(34))
    opening_date: Mapped[date]
    closing_date: Mapped[date | None]
    status: Mapped[str] = mapped_column(String(8))
    balance: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(String(3))
    interest_rate: Mapped[Decimal] = mapped_column(Rate)
    credit_limit: Mapped[Decimal]
    branch_id: Mapped[str] = mapped_column(ForeignKey("oltp.branches.branch_id"))


class Transaction(Base):
    """A movement, or an attempt at one, on one account.

    `exchange_rate` turns `amount` into the account's currency; `fees` are in the account's currency
    and reduce the balance in either direction. Only `COMPLETED` rows move the balance;
    `decline_reason` is the reason of a `FAILED` one.
    """

    __tablename__ = "transactions"
    __table_args__ = (
        _one_of("transaction_type", TRANSACTION_TYPES),
        _one_of("status", TRANSACTION_STATUSES),
        _one_of("channel", CHANNELS),
        _one_of("decline_reason", DECLINE_REASONS),
        CheckConstraint("amount >= 0", name="amount_not_negative"),
        CheckConstraint("fees >= 0", name="fees_not_negative"),
        CheckConstraint("exchange_rate > 0", name="exchange_rate_positive"),
        Index(None, "transaction_date"),
        Index(None, "account_id", "transaction_date"),
    )
    transaction_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    account_id: Mapped[str] = mapped_column(ForeignKey("oltp.accounts.account_id"))
    transaction_type: Mapped[str] = mapped_column(String(20))
    amount: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(String(3))
    transaction_date: Mapped[datetime]
    description: Mapped[str | None] = mapped_column(String(200))
    reference_number: Mapped[str | None] = mapped_column(String(40))
    counterparty_account: Mapped[str | None] = mapped_column(String(34))
    merchant_id: Mapped[str | None] = mapped_column(ForeignKey("oltp.merchants.merchant_id"))
    channel: Mapped[str] = mapped_column(String(8))
    status: Mapped[str] = mapped_column(String(10))
    fees: Mapped[Decimal]
    exchange_rate: Mapped[Decimal] = mapped_column(Numeric(18, 8))
    decline_reason: Mapped[str | None] = mapped_column(String(20))


class Loan(Base):
    """A loan with its terms and collateral."""

    __tablename__ = "loans"
    __table_args__ = (
        _one_of("loan_type", LOAN_TYPES),
        _one_of("status", LOAN_STATUSES),
        CheckConstraint("principal_amount > 0", name="principal_positive"),
        CheckConstraint("outstanding_principal >= 0", name="outstanding_not_negative"),
        CheckConstraint("term_months > 0", name="term_positive"),
        Index(None, "customer_id"),
    )
    loan_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    customer_id: Mapped[str] = mapped_column(ForeignKey("oltp.customers.customer_id"))
    account_id: Mapped[str] = mapped_column(ForeignKey("oltp.accounts.account_id"))
    product_id: Mapped[str] = mapped_column(ForeignKey("oltp.products.product_id"))
    loan_type: Mapped[str] = mapped_column(String(20))
    purpose: Mapped[str | None] = mapped_column(String(40))
    principal_amount: Mapped[Decimal]
    outstanding_principal: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(String(3))
    interest_rate: Mapped[Decimal] = mapped_column(Rate)
    term_months: Mapped[int] = mapped_column(SmallInteger)
    origination_date: Mapped[date]
    maturity_date: Mapped[date]
    collateral_type: Mapped[str | None] = mapped_column(String(20))
    collateral_value: Mapped[Decimal | None]
    turnover_eur_m: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    specific_provision: Mapped[Decimal]
    status: Mapped[str] = mapped_column(String(12))


class LoanPayment(Base):
    """One instalment of a loan: amount due, and payment."""

    __tablename__ = "loan_payments"
    __table_args__ = (
        UniqueConstraint("loan_id", "installment_number"),
        _one_of("status", LOAN_PAYMENT_STATUSES),
        CheckConstraint("scheduled_amount >= 0", name="scheduled_not_negative"),
        CheckConstraint("paid_amount >= 0", name="paid_not_negative"),
        Index(None, "due_date"),
    )
    payment_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    loan_id: Mapped[str] = mapped_column(ForeignKey("oltp.loans.loan_id"))
    installment_number: Mapped[int] = mapped_column(SmallInteger)
    due_date: Mapped[date]
    payment_date: Mapped[date | None]
    scheduled_amount: Mapped[Decimal]
    paid_amount: Mapped[Decimal]
    principal_component: Mapped[Decimal]
    interest_component: Mapped[Decimal]
    outstanding_principal: Mapped[Decimal]
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[str] = mapped_column(String(8))


class MarketData(Base):
    """One traded symbol on one day."""

    __tablename__ = "market_data"
    __table_args__ = (
        UniqueConstraint("symbol", "data_date"),
        CheckConstraint("low_price <= high_price", name="low_below_high"),
        Index(None, "data_date"),
    )
    data_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    symbol: Mapped[str] = mapped_column(String(12))
    data_date: Mapped[date]
    open_price: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    high_price: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    low_price: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    close_price: Mapped[Decimal] = mapped_column(Numeric(18, 6))
    volume: Mapped[int] = mapped_column(BigInteger)
    market_cap: Mapped[Decimal | None] = mapped_column(Numeric(20, 2))
    sector: Mapped[str] = mapped_column(String(40))


class RiskAssessment(Base):
    """A credit officer's or model's view of a customer on a date."""

    __tablename__ = "risk_assessments"
    __table_args__ = (
        _one_of("risk_category", RISK_LEVELS),
        CheckConstraint("probability_default between 0 and 1", name="probability_is_a_share"),
        Index(None, "customer_id", "assessment_date"),
    )
    assessment_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    customer_id: Mapped[str] = mapped_column(ForeignKey("oltp.customers.customer_id"))
    assessment_date: Mapped[date]
    credit_score: Mapped[int | None] = mapped_column(SmallInteger)
    risk_category: Mapped[str] = mapped_column(String(8))
    probability_default: Mapped[Decimal] = mapped_column(Rate)
    assessment_model: Mapped[str] = mapped_column(String(40))
    notes: Mapped[str | None] = mapped_column(Text)


class RegulatoryReport(Base):
    """A regulatory return, filed or due."""

    __tablename__ = "regulatory_reports"
    __table_args__ = (
        # The name by convention is longer than PostgreSQL's limit.
        UniqueConstraint(
            "report_type",
            "reporting_period",
            "regulatory_body",
            name="uq_regulatory_reports_type_period_body",
        ),
    )
    report_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    report_type: Mapped[str] = mapped_column(String(40))
    reporting_period: Mapped[str] = mapped_column(String(10))
    generation_date: Mapped[date]
    status: Mapped[str] = mapped_column(String(12))
    file_path: Mapped[str | None] = mapped_column(String(200))
    submitted_date: Mapped[date | None]
    regulatory_body: Mapped[str] = mapped_column(String(40))


class ChangeJournal(Base):
    """Every change of an entity table, in commit-safe order: the source of entity history.

    On PostgreSQL a trigger on each entity table writes it, and a column `xid` (added by the
    migration) lets a reader stop below transactions still open. `row_data` is the row after
    the change, or before it when `op` is `d`.
    """

    __tablename__ = "change_journal"
    __table_args__ = (
        CheckConstraint("op in ('r', 'c', 'u', 'd')", name="op_is_known"),
        Index(None, "table_name", "journal_id"),
        # Without it SQLite gives the id of a pruned last row to the next one.
        {"sqlite_autoincrement": True},
    )
    journal_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    table_name: Mapped[str] = mapped_column(String(40))
    entity_id: Mapped[str] = mapped_column(String(40))
    op: Mapped[str] = mapped_column(String(1))
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    row_data: Mapped[dict[str, Any]]


class Outbox(Base):
    """An event to be sent to the stream (transactional outbox).

    It is written in the transaction of its change, and deleted after sending. Ids are in the order
    of causality, and events are sent in that order.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("event_id"),
        {"sqlite_autoincrement": True},
    )
    outbox_id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=True)
    event_id: Mapped[str] = mapped_column(String(60))
    channel: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    event: Mapped[dict[str, Any]]
