"""Section `transactions`: what comes in, by minute and hour, and the latest of them.

It is read where rows arrive first: in the bank's operational schema if that is in this database,
else in bronze. Belongs here: the section and its memory of sent rows. Does not belong here:
the statements (see `transactions_sql`) and sums (see `spans`).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from finplatform.api.database import Session
from finplatform.api.live import transactions_sql as statements
from finplatform.api.live.currencies import Currencies
from finplatform.api.live.pace import Pace
from finplatform.api.live.reading import Moment, Reading, Values
from finplatform.api.live.spans import Axis, Rows, Series, Totals, by_span, floored

SOURCE, STORED = "oltp.transactions", "bronze.transactions"
MINUTES, HOURS = 60, 48
_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
_SHOWN = 25


class Transaction(Values):
    """One transaction, without identifiers of customers.

    Attributes:
        arrived_at: Time of the first reading of its row; null if the row existed before.
    """

    id: str
    kind: str
    amount: float | None
    currency: str
    at: datetime
    channel: str
    status: str
    arrived_at: datetime | None = None


class TransactionValues(Values):
    """What came in.

    Attributes:
        last_at: Instant of the latest transaction; null if there are none.
        currency: Currency of volumes.
        left_out: Currencies without a rate, which volumes lack.
        last_minute: The 60 seconds before the reading.
        minutes: The last hour by the clock.
        hours: The 48 hours up to the latest transaction.
        latest: The newest rows, newest first.
    """

    last_at: datetime | None
    currency: str | None
    left_out: list[str]
    last_minute: Totals
    minutes: Series
    hours: Series | None
    latest: list[Transaction]


class _Memory:
    """What is known of one table."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.latest: dict[str, Transaction] = {}
        self.minutes: dict[datetime, Rows] = {}
        self.hours: dict[datetime, Rows] = {}
        self.are_hours_old = True
        self.counted_at: datetime | None = None
        self.last_at: datetime | None = None

    def take(self, new: Sequence[Transaction], now: datetime) -> None:
        """Notes rows that were not there, or had another state, when last looked."""
        is_first_look = self.counted_at is None
        for one in sorted(new, key=lambda one: (one.at, one.id)):
            known = self.latest.pop(one.id, None)
            arrived_at = known.arrived_at if known else None if is_first_look else now
            self.latest[one.id] = one.model_copy(update={"arrived_at": arrived_at})
            if one.at <= now:
                self.last_at = max(self.last_at or one.at, one.at)
        for key in list(self.latest)[:-_SHOWN]:
            del self.latest[key]


class Transactions:
    """Watches the transactions.

    Args:
        currencies: Turns amounts into one currency.
    """

    name = "transactions"
    relations = (SOURCE, STORED, "ops.loads", *Currencies.relations)

    def __init__(self, currencies: Currencies) -> None:
        self._currencies = currencies
        self._watched: tuple[str, int] | None = None
        self._memory = _Memory()
        self._pace_of_hours = Pace()

    async def read(self, session: Session, moment: Moment) -> Reading:
        """Reads what is new, and counts what it changes."""
        source = next((name for name in (SOURCE, STORED) if name in moment.relations), None)
        if source is None:
            return Reading.missing("there is no table of transactions that may be read here")
        if (source, moment.relations[source]) != self._watched:
            self._watched = (source, moment.relations[source])
            self._memory = _Memory()
            self._pace_of_hours.hurry()
        await self._currencies.refresh(session, moment)
        new = await self._news(session, source, moment)
        await self._count(session, source, moment.now, new)
        last: Rows = list(
            await session.rows(
                statements.totals(source), {"from": moment.now - _MINUTE, "to": moment.now}
            )
        )
        return Reading.of(source, self._values(moment.now, last))

    async def _news(self, session: Session, source: str, moment: Moment) -> list[Transaction]:
        """Rows among the newest that were not there, or had another state, when last looked."""
        floor = None
        if source == STORED:
            floor = moment.now - timedelta(days=1)
            if "ops.loads" in moment.relations:
                floor = (await session.row(statements.LAST_LOADED_DAY))["day"] or floor
        rows = await session.rows(
            statements.newest(source, by_floor=floor is not None),
            {"sent": self._memory.sent, "floor": floor},
        )
        if rows:
            self._memory.sent = rows[0]["keys"]
        new = [Transaction(**row) for row in rows]
        self._memory.take(new, moment.now)
        return new

    async def _count(
        self, session: Session, source: str, now: datetime, new: Sequence[Transaction]
    ) -> None:
        """Counts the spans that rows can have changed; all of them once a minute."""
        memory, minutes = self._memory, Axis(_MINUTE, MINUTES, now)
        is_new_minute = memory.counted_at != floored(now, _MINUTE)
        changed = [floored(one.at, _MINUTE) for one in new if minutes.start <= one.at]
        if is_new_minute or changed:
            since = minutes.start if is_new_minute else min(changed)
            found = await _spans(session, source, "1 minute", since, minutes.end)
            kept = {at: rows for at, rows in memory.minutes.items() if minutes.start <= at < since}
            memory.minutes = kept | found
        memory.are_hours_old |= is_new_minute or bool(new)
        if memory.last_at is not None and memory.are_hours_old and self._pace_of_hours.is_due:
            hours = Axis(_HOUR, HOURS, memory.last_at)
            with self._pace_of_hours.measured():
                memory.hours = await _spans(session, source, "1 hour", hours.start, hours.end)
            memory.are_hours_old = False
        memory.counted_at = floored(now, _MINUTE)

    def _values(self, now: datetime, last: Rows) -> TransactionValues:
        memory = self._memory
        counted: list[Rows] = [*memory.minutes.values(), *memory.hours.values(), last]
        held = {row["currency"] for rows in counted for row in rows}
        unit = self._currencies.unit(held)
        hours = None
        if memory.last_at is not None:
            hours = Axis(_HOUR, HOURS, memory.last_at).series(memory.hours, unit)
        return TransactionValues(
            last_at=memory.last_at,
            currency=unit.currency,
            left_out=sorted(currency for currency in held if unit.rate(currency) is None),
            last_minute=Totals.of(last, unit),
            minutes=Axis(_MINUTE, MINUTES, now).series(memory.minutes, unit),
            hours=hours,
            latest=list(reversed(memory.latest.values())),
        )


async def _spans(
    session: Session, source: str, step: str, since: datetime, until: datetime
) -> dict[datetime, Rows]:
    rows = await session.rows(statements.spans(source, step), {"from": since, "to": until})
    return by_span(rows)
