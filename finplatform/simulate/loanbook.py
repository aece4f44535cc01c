"""The loan tables: every state a loan's row goes through, and its instalments.

Belongs here: the frames of `oltp.loans` (all versions) and `oltp.loan_payments`. Does not: drawing
anything at random.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from finplatform.oltp.codes import LOAN_PAYMENT_STATUSES, LOAN_STATUSES, LOAN_TYPES
from finplatform.simulate.arrears import Defaults
from finplatform.simulate.clock import DAY_SECONDS, NEVER, Calendar, months_since_epoch
from finplatform.simulate.economy import Economy
from finplatform.simulate.frames import dates, decimals, labels, money, rate, text
from finplatform.simulate.instalments import Instalments, Losses
from finplatform.simulate.lending import AUTO, COLLATERAL, MORTGAGE, PURPOSES, Loans
from finplatform.simulate.lifepath import country_index
from finplatform.simulate.people import People
from finplatform.simulate.rng import Bools, Floats, Ints

ACTIVE, PAID_OFF, DEFAULTED, CHARGED_OFF = range(4)
NIGHT = DAY_SECONDS - 1
# What is provided for a loan that is paid, by kind and by how good the credit score is.
_PERFORMING_LOSS = np.array([0.0027, 0.0145, 0.0096, 0.0102])
_SCORE_LIMITS = np.array([600.0, 660.0, 720.0])
_SCORE_FACTORS = np.array([3.5, 1.6, 0.8, 0.4])
# Provision on default: what is lost in the end, of economic loss, so that it holds the cost of
# collecting and the interest of the years until collateral is sold. Shares of its value that a sale
# brings after these; time and cost are lost even where a sale covers the debt.
_UNSECURED_LOSS = 0.70
_SALE_SHARE = {MORTGAGE: 0.45, AUTO: 0.48}
_LEAST_LOSS = 0.22


@dataclass(frozen=True, slots=True)
class LoanStates:
    """Versions of loan rows, ordered by loan, then time.

    Attributes:
        loan: Index of the loan.
        at: Second of the change.
        is_first: The loan's first version (`r` or `c`), the others are updates.
        outstanding: Principal owed in cents.
        collateral_value: Cents at the last quarterly valuation.
        provision: Specific provision in cents.
        status: Index into the schema's loan statuses.
    """

    loan: Ints
    at: Ints
    is_first: Bools
    outstanding: Ints
    collateral_value: Ints
    provision: Ints
    status: Ints


def loan_states(
    calendar: Calendar,
    people: People,
    economy: Economy,
    loans: Loans,
    defaults: Defaults,
    rows: Instalments,
    losses: Losses,
    score: Floats,
) -> LoanStates:
    """Replay payments, defaults and charge-offs into versions of each loan's row.

    Args:
        calendar: The span.
        people: The customers.
        economy: House prices.
        loans: The loans.
        defaults: Defaults of the loans.
        rows: Instalments.
        losses: Workouts of the defaults.
        score: Credit score by month and customer.
    """
    paid = rows.paid_on < NEVER
    off = np.where(rows.is_recovery, rows.paid, rows.principal)[paid]
    fell, dropped = (
        np.flatnonzero((day >= calendar.start) & (day <= calendar.end))
        for day in (defaults.day, losses.written_off)
    )
    every = np.arange(len(loans))
    first_day = np.maximum(loans.granted, calendar.start - 1)
    loan = np.concatenate([every, rows.loan[paid], fell, dropped])
    day = np.concatenate(
        [first_day, rows.paid_on[paid], defaults.day[fell], losses.written_off[dropped]]
    )
    reduction = np.concatenate([0 * every, off, 0 * fell, 0 * dropped])
    order = np.lexsort((day, loan))
    loan, day, reduction = loan[order], day[order], reduction[order]
    last_of_day = np.r_[(loan[1:] != loan[:-1]) | (day[1:] != day[:-1]), True]
    total = np.cumsum(reduction)[last_of_day]
    loan, day = loan[last_of_day], day[last_of_day]
    is_first = np.r_[True, loan[1:] != loan[:-1]]
    before = np.maximum.accumulate(np.where(is_first, total, 0))
    outstanding = losses.opening[loan] - (total - before)

    gone = day >= losses.written_off[loan]
    settled = outstanding == 0
    in_default = day >= defaults.day[loan]
    status = np.where(
        settled, PAID_OFF, np.where(gone, CHARGED_OFF, np.where(in_default, DEFAULTED, ACTIVE))
    )
    outstanding = np.where(gone, 0, outstanding)
    value = collateral_values(economy, people, loans, loan, day)
    month = np.clip(calendar.position(day), 0, calendar.months - 1)
    provision = np.select(
        [status == DEFAULTED, status == ACTIVE],
        [
            _provision(loans.kind[loan], outstanding, value),
            _performing_provision(loans.kind[loan], outstanding, score[month, loans.owner[loan]]),
        ],
        default=0,
    )
    at = np.where(day < calendar.start, calendar.start * DAY_SECONDS, day * DAY_SECONDS + NIGHT)
    return LoanStates(loan, at, is_first, outstanding, value, provision, status)


def collateral_values(
    economy: Economy, people: People, loans: Loans, loan: Ints, day: Ints
) -> Ints:
    """Value at the last quarter end: homes follow house prices, things wear out."""
    quarter_end = months_since_epoch(day) // 3 * 3 - 1
    granted = months_since_epoch(loans.granted[loan])
    country = country_index(people.place[loans.owner[loan]])
    first = int(economy.month[0])
    now = np.clip(np.maximum(quarter_end, granted) - first, 0, len(economy.month) - 1)
    then = np.clip(granted - first, 0, len(economy.month) - 1)
    homes = economy.house_prices[now, country] / economy.house_prices[then, country]
    wear = 0.985 ** np.maximum(quarter_end - granted, 0)
    home = (loans.collateral[loan] == 0) | (loans.collateral[loan] == 3)
    factor = np.where(home, homes, wear)
    value = np.rint(loans.collateral_value[loan] * factor / 10_000).astype(np.int64) * 10_000
    return np.where(loans.collateral[loan] >= 0, value, 0)


def _performing_provision(kind: Ints, outstanding: Ints, score: Floats) -> Ints:
    factor = _SCORE_FACTORS[np.searchsorted(_SCORE_LIMITS, score, side="right")]
    return np.rint(_PERFORMING_LOSS[kind] * factor * outstanding).astype(np.int64)


def _provision(kind: Ints, outstanding: Ints, value: Ints) -> Ints:
    share = np.select([kind == MORTGAGE, kind == AUTO], list(_SALE_SHARE.values()), default=0.40)
    shortfall = 1 - share * value / np.maximum(outstanding, 1)
    loss: Floats = np.where(value > 0, np.clip(shortfall, _LEAST_LOSS, 0.9), _UNSECURED_LOSS)
    return np.rint(loss * outstanding).astype(np.int64)


def loan_frame(
    loans: Loans,
    states: LoanStates,
    which: Ints,
    customer_ids: pl.Series,
    account_ids: pl.Series,
) -> pl.DataFrame:
    """Rows of `oltp.loans` for the given states.

    Args:
        loans: The loans.
        states: Their versions.
        which: Indices of the states wanted.
        customer_ids: Identifier of each customer.
        account_ids: Identifier of the account that each loan is paid from.
    """
    loan = states.loan[which]
    pledged = loans.collateral[loan] >= 0
    return pl.DataFrame(
        {
            "loan_id": labels("L", loan + 1, 7),
            "customer_id": text(customer_ids, loans.owner[loan]),
            "account_id": text(account_ids, loan),
            "product_id": labels("P", loans.product[loan] + 1, 3),
            "loan_type": text(LOAN_TYPES, loans.kind[loan]),
            "purpose": text(PURPOSES, loans.purpose[loan]),
            "principal_amount": money(loans.principal[loan]),
            "outstanding_principal": money(states.outstanding[which]),
            "currency": pl.repeat("USD", len(which), eager=True),
            "interest_rate": rate(loans.rate[loan]),
            "term_months": loans.term[loan].astype(np.int16),
            "origination_date": dates(loans.granted[loan]),
            "maturity_date": dates(loans.due_day(loans.term[loan], loan)),
            "collateral_type": text(COLLATERAL, loans.collateral[loan]),
            "collateral_value": money(states.collateral_value[which], pledged),
            "turnover_eur_m": pl.select(
                pl.when(pl.Series(loans.turnover[loan] >= 0)).then(
                    decimals(np.maximum(loans.turnover[loan], 0), 12, 3)
                )
            ).to_series(),
            "specific_provision": money(states.provision[which]),
            "status": text(LOAN_STATUSES, states.status[which]),
        }
    )


def loan_payment_frame(rows: Instalments) -> pl.DataFrame:
    """Rows of `oltp.loan_payments`; `payment_id` counts from 1 in order of the due day."""
    paid = rows.paid_on < NEVER
    return pl.DataFrame(
        {
            "payment_id": np.arange(1, len(rows) + 1),
            "loan_id": labels("L", rows.loan + 1, 7),
            "installment_number": rows.number.astype(np.int16),
            "due_date": dates(rows.due),
            "payment_date": dates(rows.paid_on, paid),
            "scheduled_amount": money(rows.interest + rows.principal),
            "paid_amount": money(rows.paid),
            "principal_component": money(rows.principal),
            "interest_component": money(rows.interest),
            "outstanding_principal": money(rows.closing),
            "currency": pl.repeat("USD", len(rows), eager=True),
            "status": text(LOAN_PAYMENT_STATUSES, rows.status),
        }
    )
