"""Transactions, newest first.

Without an account or a customer, a page is of a window of days: the table is cut by day, and a
window reads no more than its days. Belongs here: reading `bi.transactions`.
"""

from datetime import date
from typing import Any

from finplatform.api.database import Session

LONGEST_DAYS = 31
"""Days of the longest window without an account or a customer."""

_COLUMNS = """
    transaction_key, transaction_id, account_id, customer_id, transaction_at, transaction_date,
    transaction_type, transaction_category, channel, status, decline_reason, currency, amount,
    account_currency, transaction_amount, fees, risk_score, is_flagged, is_fraud
"""

_CONDITIONS = {
    "account_id": "account_id = %(account_id)s",
    # Owners change: the accounts find the rows by an index, the row says whose it was.
    "customer_id": (
        "customer_id = %(customer_id)s and account_id = any(array("
        " select account_id from bi.accounts where customer_id = %(customer_id)s))"
    ),
    "first": "transaction_date >= %(first)s",
    "last": "transaction_date <= %(last)s",
    "status": "status = %(status)s",
    "transaction_type": "transaction_type = %(transaction_type)s",
    "before_at": (
        "transaction_date <= %(before_date)s"
        " and (transaction_at, transaction_key) < (%(before_at)s, %(before_key)s)"
    ),
}

# The key is a hash of the id (see the dbt macro `surrogate_key`), and has an index.
_ONE = f"""
select {_COLUMNS} from bi.transactions
where transaction_key = hashtextextended(%(transaction_id)s::text, 0)
and transaction_id = %(transaction_id)s
"""

_LAST_DAY = "select max(balance_date) as day from bi.balances"


async def last_day(session: Session) -> date | None:
    """Last business day that is held."""
    found: date | None = (await session.row(_LAST_DAY))["day"]
    return found


async def transactions(session: Session, limit: int, **values: Any) -> list[dict[str, Any]]:
    """Transactions that meet all conditions whose value is not None.

    Args:
        session: Connection with the caller's rights.
        limit: Most rows.
        values: Of `account_id`, `customer_id`, `first` and `last` day, `status`,
            `transaction_type`, and the row to go on after: `before_at`, `before_date`,
            `before_key`.
    """
    given = [text for name, text in _CONDITIONS.items() if values.get(name) is not None]
    where = f"where {' and '.join(given)}" if given else ""
    statement = (
        f"select {_COLUMNS} from bi.transactions {where}"
        " order by transaction_at desc, transaction_key desc limit %(limit)s"
    )
    return await session.rows(statement, {**values, "limit": limit})


async def transaction(session: Session, transaction_id: str) -> dict[str, Any] | None:
    """One transaction; None if there is none that the caller may see."""
    return next(iter(await session.rows(_ONE, {"transaction_id": transaction_id})), None)
