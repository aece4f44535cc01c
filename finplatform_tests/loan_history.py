"""Loans of a simulated world as the warehouse would know them at month ends, without a database.

Belongs here: features that hang on no transaction, by the definitions of `gold.credit_features`,
and the outcomes. Tests that need many banks, or large ones, learn from these. Does not belong here:
any hidden trait.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from finplatform.oltp.codes import EMPLOYMENT_STATUSES, LOAN_TYPES
from finplatform.simulate.clients import reported_scores
from finplatform.simulate.clock import NEVER, first_of_month, months_since_epoch
from finplatform.simulate.default_truth import HORIZON_MONTHS
from finplatform.simulate.frames import dates, labels, text
from finplatform.simulate.lifepath import country_index
from finplatform.simulate.loanbook import collateral_values
from finplatform.simulate.world import World

WINDOWS = (3, 6, 12)


@dataclass(frozen=True)
class LoanHistory:
    """Features and outcomes, one row per loan and month end whose year is over."""

    features: pl.DataFrame
    outcomes: pl.DataFrame


def loan_history(world: World) -> LoanHistory:
    """Every loan that is owed and not in default, at every month end of a world."""
    calendar = world.calendar
    ends = first_of_month(calendar.month + 1) - 1
    until = first_of_month(calendar.month + 1 + HORIZON_MONTHS) - 1
    months = np.flatnonzero(until <= calendar.end).tolist()
    scores = reported_scores(world.score)
    features = pl.concat([_at(world, scores, month, int(ends[month])) for month in months])
    fell = world.defaults.day
    loan = features["exposure_id"].str.slice(3).cast(pl.Int64).to_numpy() - 1
    observed = features["observation_date"].cast(pl.Int32).to_numpy()
    limit = until[calendar.position(observed)]
    happened = fell[loan] <= limit
    outcomes = features.select("exposure_id", "observation_date").with_columns(
        is_default_12m=pl.Series(happened),
        default_date=dates(fell[loan], happened),
    )
    return LoanHistory(features, outcomes)


def _at(world: World, scores: np.ndarray, month: int, day: int) -> pl.DataFrame:
    loans, rows, people, life = world.loans, world.instalments, world.people, world.life
    size = len(loans)
    paid = np.where(rows.paid_on <= day, rows.principal, 0)
    owed = world.losses.opening - _sum(rows.loan, np.where(rows.is_recovery, 0, paid), size)
    held = np.flatnonzero((loans.granted <= day) & (world.defaults.day > day) & (owed > 0))
    is_settled = (rows.paid_on <= day) & ~rows.is_recovery
    is_open = (rows.due < day) & ~is_settled
    is_late = is_settled & (rows.paid_on > rows.due)
    oldest = np.full(size, NEVER)
    np.minimum.at(oldest, rows.loan[is_open], rows.due[is_open])
    delay = np.where(is_open | is_late, np.minimum(rows.paid_on, day) - rows.due, 0)
    recent = {
        w: first_of_month(world.calendar.month[month : month + 1] - w + 1)[0] for w in WINDOWS
    }
    worst = np.zeros(size, dtype=np.int64)
    in_year = (rows.due >= recent[12]) & (rows.due <= day)
    np.maximum.at(worst, rows.loan[in_year], delay[in_year])
    counts = {
        f"{name}_{w}m": _sum(rows.loan, flag & (rows.due >= recent[w]), size)[held]
        for w in WINDOWS
        for name, flag in (("missed_instalments", is_open), ("late_instalments", is_late))
    }
    who = loans.owner[held]
    income = life.declared[month, who] / 100
    drawn = owed[held] / 100
    value = collateral_values(world.economy, people, loans, held, np.full(len(held), day)) / 100
    debt = np.bincount(who, weights=drawn, minlength=len(people))
    past_due = np.where(oldest < NEVER, day - oldest, 0)
    worst_of_customer = np.zeros(len(people), dtype=np.int64)
    np.maximum.at(worst_of_customer, who, past_due[held])
    place = country_index(life.place[month, who])
    now = world.economy.lead + month - 1
    economy = world.economy
    on_book = months_since_epoch(np.array([day])) - months_since_epoch(loans.granted[held])
    instalment = loans.instalment[held] / 100
    return pl.DataFrame(
        {
            "exposure_id": "L-" + labels("L", held + 1, 7),
            "observation_date": dates(np.full(len(held), day)),
            "customer_id": labels("C", who + 1, 7),
            "is_defaulted": np.zeros(len(held), dtype=bool),
            "product_type": text(LOAN_TYPES, loans.kind[held]),
            "employment_status": text(EMPLOYMENT_STATUSES, life.work[month, who]),
            "country": text(pl.Series([str(n) for n in range(20)]), place),
            "credit_score": scores[month, who],
            "age": ((day - people.birth[who]) / 365.25).astype(int),
            "annual_income": income,
            "tenure_months": np.maximum(day - people.since[who], 0) // 30,
            "num_loans": np.bincount(who, minlength=len(people))[who],
            "interest_rate": loans.rate[held] / 1e6,
            "principal_amount": loans.principal[held] / 100,
            "term_months": loans.term[held],
            "remaining_months": loans.term[held] - on_book,
            "months_on_book": on_book,
            "drawn_amount": drawn,
            "ltv": pl.Series(np.where(value > 0, drawn / np.maximum(value, 1), np.nan)).fill_nan(
                None
            ),
            "instalment_amount": instalment,
            "payment_to_income": 12 * instalment / income,
            "loan_to_income": drawn / income,
            "debt_to_income": debt[who] / income,
            "days_past_due": past_due[held],
            "max_customer_dpd": worst_of_customer[who],
            "max_dpd_12m": worst[held],
            **counts,
            "unemployment_pct": economy.unemployment[now, place],
            "unemployment_change_12m": economy.unemployment[now, place]
            - economy.unemployment[now - 12, place],
            "policy_rate_pct": economy.policy_rate[now, place],
            "house_price_change_12m": economy.house_prices[now, place]
            / economy.house_prices[now - 12, place]
            - 1,
        }
    )  # fmt: skip


def _sum(index: np.ndarray, values: np.ndarray, size: int) -> np.ndarray:
    return np.rint(np.bincount(index, weights=values, minlength=size)).astype(np.int64)
