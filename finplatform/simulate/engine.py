"""The run through the months: from the world to settled rows, balances and labels.

Belongs here: the loop, the number of rows and the retained state. Does not: the columns of a row
(`render`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from finplatform.simulate.accounts import CHECKING, CREDIT_CARD, SAVINGS, account_rate
from finplatform.simulate.cards import MEAN_TICKET
from finplatform.simulate.clock import DAY_SECONDS
from finplatform.simulate.events import AccountEvents
from finplatform.simulate.holdings import Flows, Holdings, flows_of, holdings_of
from finplatform.simulate.ledger import Book, closing_rows, open_book, settle
from finplatform.simulate.misconduct import Misconduct
from finplatform.simulate.monitoring import Alerted, watch
from finplatform.simulate.month import Habits, open_month
from finplatform.simulate.rng import Floats, Ints, stream
from finplatform.simulate.rowplan import RowPlan
from finplatform.simulate.rows import LOAN_PAYMENT, OPENING_BALANCE, Rows, join
from finplatform.simulate.shopping import ShoppingMap
from finplatform.simulate.spending import activity_weights, spending_rows
from finplatform.simulate.standing import standing_rows
from finplatform.simulate.wording import Phrase
from finplatform.simulate.world import World

NOISES = ("upper_case", "stray_space", "doubled_space")


@dataclass(slots=True)
class Outcome:
    """Results of the run of all months.

    Attributes:
        balance: Balance of each account at the end, in cents.
        event_balance: Closing balance on the day of each account event.
        drawn: Card debt at each month's end, in cents.
        deposits: Positive balances at each month's end, in cents.
        fraud: Transaction ids and pattern tags.
        laundering: Transaction ids and case numbers.
        noise: Transaction ids and index into `NOISES`.
        alerts: Alerts of the monitoring system, by month.
        holdings: Balances and debts on accounts, before the span and at month ends.
        flows: Income and cost of accounts in each month.
        transactions: Rows made.
    """

    balance: Ints
    event_balance: Ints
    drawn: list[int] = field(default_factory=list)
    deposits: list[int] = field(default_factory=list)
    fraud: list[tuple[Ints, Ints]] = field(default_factory=list)
    laundering: list[tuple[Ints, Ints]] = field(default_factory=list)
    noise: list[tuple[Ints, Ints]] = field(default_factory=list)
    alerts: list[Alerted] = field(default_factory=list)
    holdings: list[Holdings] = field(default_factory=list)
    flows: list[Flows] = field(default_factory=list)
    transactions: int = 0


@dataclass(frozen=True, slots=True)
class MonthOfRows:
    """The settled rows of one month in order of time.

    Attributes:
        first_id: Identifier of the first row; the others follow without a gap.
        rows: The rows.
        noisy: Positions of rows whose description is spoilt.
        noise: How: index into `NOISES`.
    """

    first_id: int
    rows: Rows
    noisy: Ints
    noise: Ints


class Engine:
    """One run through the months of a world; iterate once.

    Args:
        world: The bank.
        planned: Rows known beforehand, misconduct left out.
        misconduct: Planned cases.
        events: Changes of account rows, whose balances are noted.
    """

    def __init__(
        self, world: World, planned: Rows, misconduct: Misconduct, events: AccountEvents
    ) -> None:
        self._world = world
        self._events = events
        fixed = join([planned, misconduct.rows])
        self._fixed = fixed.take(np.argsort(fixed.at, kind="stable"))
        self._fixed_month = world.calendar.position(self._fixed.at // DAY_SECONDS)
        self._plan = RowPlan(world, self._fixed_month, self._fixed.kind != OPENING_BALANCE)
        self.outcome = Outcome(
            balance=np.zeros(len(world.accounts), dtype=np.int64),
            event_balance=np.zeros(len(events.account), dtype=np.int64),
        )

    def __iter__(self) -> Iterator[MonthOfRows]:
        world = self._world
        habits, shopping = Habits(world), ShoppingMap(world)
        for number in range(world.calendar.months):
            made = self._month(number, habits, shopping)
            yield self._finish(number, made)

    def _month(self, number: int, habits: Habits, shopping: ShoppingMap) -> Rows:
        world, balance = self._world, self.outcome.balance
        low, high = np.searchsorted(self._fixed_month, [number, number + 1])
        fixed = self._fixed.take(slice(low, high))
        funds, forced = self._funds(fixed)
        if number == 0:
            self.outcome.holdings.append(holdings_of(world.accounts.kind, funds))
        month = open_month(world, number, funds, forced)
        weight = activity_weights(world, habits, month)
        savings_rate = account_rate(world.accounts, self._events.savings_shift[number])

        spending = self._expected_spending(weight, self._plan.free_guess(number))
        standing, budget, unpaid = standing_rows(world, habits, month, spending)
        known = len(fixed) + sum(len(part) for part in standing)
        free = self._plan.free_rows(number, known - len(fixed), self.outcome.transactions)
        counts = month.rng.multinomial(free, weight / weight.sum()).astype(np.int64)
        free_rows = spending_rows(world, habits, shopping, month, budget, counts)
        book = settle(world, month, balance, join([fixed, *standing, *free_rows]))
        ends = closing_rows(world, month, balance, book, unpaid, savings_rate)
        self._note_balances(number, book, ends)
        made = join([book.rows, ends])
        self._plan.learn(number, len(made) - known - free)
        return made

    def _funds(self, fixed: Rows) -> tuple[Ints, Ints]:
        """Money at hand when the month begins, and what instalments will take from it."""
        size = len(self._world.accounts)
        effect = fixed.effect()
        opening = fixed.kind == OPENING_BALANCE
        opened = _sum_by(fixed.account[opening], effect[opening], size)
        loan = (fixed.kind == LOAN_PAYMENT) | (fixed.phrase == Phrase.SALE)
        return self.outcome.balance + opened, -_sum_by(fixed.account[loan], effect[loan], size)

    def _expected_spending(self, weight: Floats, free: float) -> Floats:
        world = self._world
        checking = world.checking
        taste = np.clip((world.people.income / 55_000) ** 0.4, 0.55, 2.2)
        share = weight[checking] / max(weight.sum(), 1e-9)
        return np.asarray(share * free * MEAN_TICKET * 1.1 * taste)

    def _note_balances(self, number: int, book: Book, ends: Rows) -> None:
        """Balances of the accounts whose row changes this month, then those at its end."""
        outcome, events, calendar = self.outcome, self._events, self._world.calendar
        here = np.flatnonzero(calendar.position(events.day) == number)
        account, second = events.account[here], events.second[here]
        late = open_book(ends)
        change = book.change_until(account, second) + late.change_until(account, second)
        outcome.event_balance[here] = outcome.balance[account] + change
        size = len(outcome.balance)
        outcome.balance = outcome.balance + _sum_by(book.rows.account, book.moved, size)
        outcome.balance = outcome.balance + _sum_by(ends.account, ends.moved(), size)
        kind = self._world.accounts.kind
        card = np.minimum(outcome.balance, 0)[kind == CREDIT_CARD]
        outcome.drawn.append(-int(card.sum()))
        held = np.maximum(outcome.balance, 0)[np.isin(kind, (CHECKING, SAVINGS))]
        outcome.deposits.append(int(held.sum()))
        outcome.holdings.append(holdings_of(kind, outcome.balance))
        outcome.flows.append(flows_of([book.rows, ends]))

    def _finish(self, number: int, made: Rows) -> MonthOfRows:
        outcome = self.outcome
        ordered = made.take(np.lexsort((made.kind, made.account, made.at)))
        first_id = outcome.transactions + 1
        outcome.transactions += len(ordered)
        for store, low, high in (
            (outcome.fraud, 1, 1_000),
            (outcome.laundering, 1_000, 2**31),
        ):
            found = np.flatnonzero((ordered.tag >= low) & (ordered.tag < high))
            store.append((first_id + found, ordered.tag[found].astype(np.int64) - low))
        outcome.alerts.append(watch(self._world, number, first_id, ordered))
        rng = stream(self._world.config.seed, "noise", number)
        share = self._world.config.defect_share * 0.3
        noisy = np.flatnonzero((rng.random(len(ordered)) < share) & (ordered.phrase >= 0))
        noise = rng.integers(0, len(NOISES), len(noisy))
        outcome.noise.append((first_id + noisy, noise))
        return MonthOfRows(first_id, ordered, noisy, noise)


def _sum_by(index: "np.ndarray[tuple[int], np.dtype[np.int32]]", values: Ints, size: int) -> Ints:
    """Exact sums of integers by index."""
    total = np.zeros(size, dtype=np.int64)
    np.add.at(total, index, values)
    return total
