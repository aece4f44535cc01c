"""Names and closed value lists of the operational schema.

Contracts, the simulator and the models share them, without SQLAlchemy. Does not belong here: the
tables (see `finplatform.oltp.models`).
"""

SCHEMA = "oltp"

ENTITY_TABLES = ("branches", "products", "merchants", "customers", "accounts", "loans")
"""Tables whose changes are journalled."""

TRANSACTION_TYPES = (
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
)
TRANSACTION_STATUSES = ("COMPLETED", "PENDING", "FAILED", "REVERSED")
DECLINE_REASONS = (
    "INSUFFICIENT_FUNDS",
    "EXCEEDS_LIMIT",
    "EXPIRED_CARD",
    "INCORRECT_PIN",
    "SUSPECTED_FRAUD",
    "RESTRICTED_ACCOUNT",
    "TECHNICAL",
)
"""Reasons of a declined transaction: response codes 51, 61, 54, 55, 59, 62 and 91 of ISO 8583."""

CHANNELS = ("BRANCH", "ATM", "POS", "ONLINE", "MOBILE", "BATCH")
ACCOUNT_TYPES = ("CHECKING", "SAVINGS", "CREDIT_CARD")
ACCOUNT_STATUSES = ("ACTIVE", "DORMANT", "FROZEN", "CLOSED")
PRODUCT_TYPES = (*ACCOUNT_TYPES, "MORTGAGE", "PERSONAL_LOAN", "AUTO_LOAN", "BUSINESS_LOAN")
LOAN_TYPES = ("MORTGAGE", "PERSONAL_LOAN", "AUTO_LOAN", "BUSINESS_LOAN")
LOAN_STATUSES = ("ACTIVE", "PAID_OFF", "DEFAULTED", "CHARGED_OFF")
LOAN_PAYMENT_STATUSES = ("DUE", "PAID", "LATE", "PARTIAL", "MISSED")
RISK_LEVELS = ("LOW", "MEDIUM", "HIGH")
EMPLOYMENT_STATUSES = ("EMPLOYED", "SELF_EMPLOYED", "UNEMPLOYED", "STUDENT", "RETIRED")
