"""Amounts due and paid on each loan: instalments, delays, arrears and recoveries.

Belongs here: the rows of `oltp.loan_payments` as arrays, and the loss after default. Does not: why
a borrower stops paying (`arrears`), or how a loan's own row changes (`loanbook`).
"""

from dataclasses import dataclass

import numpy as np

from finplatform.simulate.arrears import Defaults, late_probability
from finplatform.simulate.clock import NEVER, Calendar
from finplatform.simulate.config import SimulationConfig
from finplatform.simulate.lending import MORTGAGE, Loans, interest_for_month
from finplatform.simulate.rng import Bools, Floats, Ints, stream

DUE, PAID, LATE, PARTIAL, MISSED = range(5)
_GRACE_DAYS = 30
_MAX_TERM_LOOP = 361


@dataclass(frozen=True, slots=True)
class Instalments:
    """One element per instalment due in the span, ordered by due day, then loan.

    Attributes:
        loan: Index of the loan.
        number: Number of the instalment, from 1.
        due: Due day.
        paid_on: Day of payment, or `NEVER` if nothing had come in by the end.
        interest: Contractual interest in cents.
        principal: Contractual principal in cents.
        closing: Contractual balance after the instalment.
        paid: Cents received by the end.
        status: Index into the schema's payment statuses.
        is_recovery: Received after default.
    """

    loan: Ints
    number: Ints
    due: Ints
    paid_on: Ints
    interest: Ints
    principal: Ints
    closing: Ints
    paid: Ints
    status: Ints
    is_recovery: Bools

    def __len__(self) -> int:
        return len(self.loan)


@dataclass(frozen=True, slots=True)
class Losses:
    """Workout of loans after default, in the span and beyond; one element per loan.

    Attributes:
        written_off: Day of charge-off, or `NEVER`.
        exposure: Cents owed at default; 0 without default.
        recovered: Cents that come back in the end.
        opening: Cents owed at the start of the span or, if later, at origination.
    """

    written_off: Ints
    exposure: Ints
    recovered: Ints
    opening: Ints


def simulate_instalments(
    config: SimulationConfig, calendar: Calendar, loans: Loans, defaults: Defaults
) -> tuple[Instalments, Losses]:
    """Run every loan through the span, and those that fell before it from their default on."""
    rng = stream(config.seed, "instalments")
    sell_on = _write_off_day(rng, loans, defaults)
    rows, opening = _schedule(calendar, loans, defaults, sell_on)
    order = np.lexsort((rows["number"], rows["loan"]))
    rows = {name: column[order] for name, column in rows.items()}
    paid_on = _payment_days(rng, calendar, loans, defaults, rows)
    missed = (defaults.first_missed[rows["loan"]] > 0) & (
        rows["number"] >= defaults.first_missed[rows["loan"]]
    )
    recovered = _recoveries(rng, loans, defaults, sell_on, rows, missed)
    due_amount = rows["interest"] + rows["principal"]
    paid = np.where(missed, recovered, due_amount)
    paid_on = np.where(missed, rows["due"] + rng.integers(0, 12, len(paid)), paid_on)

    exposure = _exposure(loans, defaults, rows, opening)
    is_past = rows["due"] < calendar.start
    opening = opening - np.bincount(
        rows["loan"], weights=np.where(is_past, paid, 0), minlength=len(loans)
    ).astype(np.int64)
    back = np.bincount(rows["loan"], weights=np.where(missed, paid, 0), minlength=len(loans))
    losses = Losses(sell_on, exposure, back.astype(np.int64), opening)

    known = (paid > 0) & (paid_on <= calendar.end)
    status = _status(calendar, rows["due"], paid_on, known, missed)
    seen = np.flatnonzero(~is_past & (rows["due"] <= calendar.end))
    seen = seen[np.lexsort((rows["loan"][seen], rows["due"][seen]))]
    result = Instalments(
        loan=rows["loan"][seen],
        number=rows["number"][seen],
        due=rows["due"][seen],
        paid_on=np.where(known, paid_on, NEVER)[seen],
        interest=rows["interest"][seen],
        principal=rows["principal"][seen],
        closing=rows["closing"][seen],
        paid=np.where(known, paid, 0)[seen],
        status=status[seen],
        is_recovery=(missed & known)[seen],
    )
    return result, losses


def _schedule(
    calendar: Calendar, loans: Loans, defaults: Defaults, written_off: Ints
) -> tuple[dict[str, Ints], Ints]:
    """Contractual instalments, and the balance before the first of them.

    They begin with the span or, of loans that have stopped before it, with the first one missed.
    """
    size = len(loans)
    balance, opening = loans.principal.copy(), loans.principal.copy()
    last_day = np.where(
        defaults.falls, np.where(written_off < NEVER, written_off, calendar.end), calendar.end
    )
    stops_on = np.where(defaults.falls, loans.due_day(defaults.first_missed), NEVER)
    first_day = np.minimum(stops_on, calendar.start)
    chunks: list[tuple[Ints, ...]] = []
    longest = int(loans.term.max()) if size else 0
    for number in range(1, min(longest, _MAX_TERM_LOOP) + 1):
        due = loans.due_day(number)
        running = loans.term >= number
        interest = interest_for_month(balance, loans.rate)
        part = np.where(loans.term == number, balance, loans.instalment - interest)
        part = np.where(running, part, 0)
        balance = balance - part
        opening = np.where(due < first_day, balance, opening)
        here = np.flatnonzero(running & (due >= first_day) & (due <= last_day))
        count = np.full(len(here), number)
        chunks.append((here, count, due[here], interest[here], part[here], balance[here]))
    names = ("loan", "number", "due", "interest", "principal", "closing")
    columns = [np.concatenate(parts) for parts in zip(*chunks, strict=True)]
    return dict(zip(names, columns, strict=True)), opening


def _write_off_day(rng: np.random.Generator, loans: Loans, defaults: Defaults) -> Ints:
    """Homes are sold two to four years after default, things after 6 to 18; else 11 to 20."""
    size = len(loans)
    wait = np.select(
        [loans.kind == MORTGAGE, loans.collateral >= 0],
        [rng.integers(730, 1_440, size), rng.integers(180, 550, size)],
        default=rng.integers(330, 610, size),
    )
    return np.where(defaults.falls, defaults.day + wait, NEVER)


def _payment_days(
    rng: np.random.Generator,
    calendar: Calendar,
    loans: Loans,
    defaults: Defaults,
    rows: dict[str, Ints],
) -> Ints:
    size = len(rows["loan"])
    loan, due = rows["loan"], rows["due"]
    at = np.clip(calendar.position(due), 0, len(defaults.hazard) - 1)
    chance = late_probability(defaults.hazard[at, loan])
    before = defaults.first_missed[loan] - rows["number"]
    chance = np.where((before > 0) & (before <= 5), chance + 0.10, chance)
    late = rng.random(size) < chance
    delay = 5 + np.minimum(rng.exponential(15.0, size), 55.0).astype(np.int64)
    paid_on = due + np.where(late, delay, 0)
    limit = np.where(
        defaults.first_missed[loan] > 0,
        loans.due_day(np.maximum(defaults.first_missed[loan], 1), loan) + 20,
        NEVER,
    )
    paid_on = np.minimum(paid_on, np.maximum(limit, due))
    # Money goes to the oldest instalment first, so payment days never run backwards in a loan.
    lane = loan << 32
    return np.maximum.accumulate(lane + paid_on) - lane


def _recoveries(
    rng: np.random.Generator,
    loans: Loans,
    defaults: Defaults,
    sold_on: Ints,
    rows: dict[str, Ints],
    missed: Bools,
) -> Ints:
    """Cents that come in on instalments due after default, never more than is owed."""
    loan, due = rows["loan"], rows["due"]
    size = len(loan)
    late_enough = missed & (due > defaults.day[loan]) & (due <= sold_on[loan])
    trickle = rng.random(size) < 0.40
    amount = np.where(
        late_enough & trickle, loans.instalment[loan] * rng.uniform(0.2, 1.0, size), 0.0
    )
    secured = loans.collateral >= 0
    settles = secured | (rng.random(len(loans)) < 0.60)
    last = late_enough & (due + 31 > sold_on[loan]) & settles[loan]
    price = np.where(loans.kind == MORTGAGE, 0.60, 0.42)
    sale = loans.collateral_value * price * np.exp(rng.normal(-0.05, 0.20, len(loans)))
    sale = np.where(secured, sale, loans.principal * rng.uniform(0.1, 0.7, len(loans)))
    amount = np.where(last, np.maximum(sale[loan], amount), amount)
    whole = (amount // 100).astype(np.int64) * 100
    owed = _owed_at_default(loans, defaults, rows)
    before = _running_total(loan, whole) - whole
    return np.clip(owed[loan] - before, 0, whole)


def _owed_at_default(loans: Loans, defaults: Defaults, rows: dict[str, Ints]) -> Ints:
    """Contractual balance before the first missed instalment; 0 without default."""
    first = rows["number"] == defaults.first_missed[rows["loan"]]
    owed = np.zeros(len(loans), dtype=np.int64)
    owed[rows["loan"][first]] = (rows["closing"] + rows["principal"])[first]
    return owed


def _exposure(loans: Loans, defaults: Defaults, rows: dict[str, Ints], opening: Ints) -> Ints:
    owed = _owed_at_default(loans, defaults, rows)
    return np.where(defaults.falls, np.where(owed > 0, owed, opening), 0)


def _running_total(group: Ints, values: Ints) -> Ints:
    """Running sum of integers within groups of equal, adjacent keys."""
    total = np.cumsum(values)
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]]) if len(group) else group
    base = np.zeros(len(group), dtype=np.int64)
    base[starts] = total[starts] - values[starts]
    return total - np.maximum.accumulate(base) if len(group) else total


def _status(calendar: Calendar, due: Ints, paid_on: Ints, known: Bools, missed: Bools) -> Ints:
    unpaid = np.where(calendar.end - due <= _GRACE_DAYS, DUE, MISSED)
    paid = np.where(missed, PARTIAL, np.where(paid_on > due, LATE, PAID))
    return np.where(known, paid, unpaid)


def loss_share(losses: Losses) -> Floats:
    """Share of the exposure that is lost in the end; 0 without default."""
    return np.where(losses.exposure > 0, 1 - losses.recovered / np.maximum(losses.exposure, 1), 0.0)
