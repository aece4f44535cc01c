"""Section `payments`: merchants' payments that are under way, and settlements that are due.

Belongs here: the section. Does not belong here: transactions on customers' accounts.
"""

from datetime import datetime

from finplatform.api.database import Session
from finplatform.api.live.currencies import Currencies
from finplatform.api.live.reading import Moment, Reading, Values

_TABLE, _SETTLEMENTS = "bronze.payments", "bronze.settlements"

_PAYMENTS = """
with latest as (
    select max(payment_at) as at from bronze.payments where payment_at <= now()
)

select
    currency,
    count(*) as rows,
    count(*) filter (where status = 'PENDING') as in_flight,
    coalesce(sum(amount) filter (where status = 'PENDING' and amount <> 'NaN'), 0)::float8
        as amount,
    min(payment_at) filter (where status = 'PENDING' and isfinite(payment_at)) as oldest_at,
    max(latest.at) as last_at,
    count(*) filter (where payment_at > latest.at - interval '24 hours') as day,
    count(*) filter (where payment_at > latest.at - interval '24 hours' and status = 'FAILED')
        as day_failed
from bronze.payments cross join latest
group by currency
"""

_OVERDUE = """
select
    count(*) filter (where status <> 'SETTLED') as open,
    count(*) filter (where status <> 'SETTLED' and settlement_due_date < current_date) as overdue
from bronze.settlements
"""


class PaymentValues(Values):
    """Payments and settlements that are under way.

    Attributes:
        in_flight: Payments that neither succeeded nor failed yet.
        amount: Their amount in `currency`; those in currencies without a rate are left out.
        oldest_at: When the oldest of them was begun.
        last_at: When the latest payment was begun; null if there are none.
        day: Payments of the 24 hours up to that.
        day_failed: Those of them that failed.
        settlements_open: Settlements that are not paid out; null without a table of them.
        settlements_overdue: Those of them that are due before today.
    """

    in_flight: int
    amount: float
    currency: str | None
    oldest_at: datetime | None
    last_at: datetime | None
    day: int
    day_failed: int
    settlements_open: int | None
    settlements_overdue: int | None


class Payments:
    """Watches payments and settlements.

    Args:
        currencies: Turns amounts into one currency.
    """

    name = "payments"
    relations = (_TABLE, _SETTLEMENTS, *Currencies.relations)

    def __init__(self, currencies: Currencies) -> None:
        self._currencies = currencies

    async def read(self, session: Session, moment: Moment) -> Reading:
        """Counts both tables."""
        if _TABLE not in moment.relations:
            return Reading.missing("there is no table of payments yet")
        await self._currencies.refresh(session, moment)
        rows = await session.rows(_PAYMENTS)
        unit = self._currencies.unit({row["currency"] for row in rows if row["in_flight"]})
        settlements = {"open": None, "overdue": None}
        if _SETTLEMENTS in moment.relations:
            settlements = await session.row(_OVERDUE)
        values = PaymentValues(
            in_flight=sum(row["in_flight"] for row in rows),
            amount=round(sum(row["amount"] * (unit.rate(row["currency"]) or 0) for row in rows), 2),
            currency=unit.currency,
            oldest_at=min((row["oldest_at"] for row in rows if row["oldest_at"]), default=None),
            last_at=max((row["last_at"] for row in rows if row["last_at"]), default=None),
            day=sum(row["day"] for row in rows),
            day_failed=sum(row["day_failed"] for row in rows),
            settlements_open=settlements["open"],
            settlements_overdue=settlements["overdue"],
        )
        return Reading.of(_TABLE, values)
