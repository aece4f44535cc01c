"""Transactions, newest first.

Without an account or a customer, a page is of a window of days: the table is cut by day, and a
window reads no more than its days. Belongs here: reading `bi.transactions`.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from finplatform.api.database import Session

LONGEST_DAYS = 31
"""Days that a page looks at without an account or a customer."""

_LONG_AGO = date(1900, 1, 1)

_COLUMNS = """
    transaction_key, transaction_id, account_id, customer_id, transaction_at, transaction_date,
    transaction_type, transaction_category, channel, status, decline_reason, currency, amount,
    account_currency, transaction_amount, fees, is_flagged, is_fraud
"""

_CONDITIONS = {
    "account_id": "account_id = %(account_id)s",
    # Owners change: the accounts allow an index scan, the row has the owner at its time.
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

# Every day that is held has balances, whose days have an index.
_DAYS_HELD = "select min(balance_date) as first, max(balance_date) as last from bi.balances"


@dataclass(frozen=True)
class Days:
    """Days from a first to a last one; None leaves an end open.

    Attributes:
        first: First day.
        last: Last day.
    """

    first: date | None
    last: date | None

    def chosen(
        self, first: date | None, last: date | None, before: date | None
    ) -> "tuple[Days, date | None]":
        """Days of one page within these, and the day on which an earlier page ends.

        Args:
            first: First requested day.
            last: Last requested day; without both, the latest day of the rows.
            before: Last day that pages before have left.
        """
        if self.first is None or self.last is None:
            return self, None
        end = min(day for day in (last or first or self.last, before, self.last) if day)
        begin = max(self.first, first or last or self.last)
        earliest = end - timedelta(days=LONGEST_DAYS - 1) if end > _LONG_AGO else end
        if begin >= earliest:
            return Days(begin, end), None
        return Days(earliest, end), earliest - timedelta(days=1)


async def days_held(session: Session) -> Days:
    """Business days of which there are transactions."""
    return Days(**await session.row(_DAYS_HELD))


async def transactions(
    session: Session, limit: int, days: Days, **values: Any
) -> list[dict[str, Any]]:
    """Transactions that meet all conditions whose value is not None.

    Args:
        session: Connection with the caller's rights.
        limit: Most rows.
        days: Their days.
        values: Of `account_id`, `customer_id`, `status`, `transaction_type`, and the row to go on
            after: `before_at`, `before_date`, `before_key`.
    """
    values |= vars(days)
    given = [text for name, text in _CONDITIONS.items() if values.get(name) is not None]
    where = f"where {' and '.join(given)}" if given else ""
    statement = (
        f"select {_COLUMNS} from bi.transactions {where}"
        " order by transaction_at desc, transaction_key desc limit %(limit)s"
    )
    return await session.rows(statement, {**values, "limit": limit})


async def transaction(session: Session, transaction_id: str) -> dict[str, Any] | None:
    """One transaction; None if there is none within the caller's rights."""
    return next(iter(await session.rows(_ONE, {"transaction_id": transaction_id})), None)
