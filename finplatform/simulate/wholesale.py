"""Wholesale exposures: interbank, corporate, property, equity.

A few positions of every class of the standardised approach, with collateral and guarantees of every
kind, in proportion to the bank's customers. Belongs here: the positions through the months, which
depend on the first day alone. What they are is data (`wholesale_positions.csv` and
`wholesale_protection.csv`); that the ledger holds them is `bookkeeping`.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import polars as pl

from finplatform.simulate.clock import Calendar, first_of_month
from finplatform.simulate.config import SimulationConfig
from finplatform.simulate.frames import dates, money
from finplatform.simulate.rng import Floats, Ints, stream

FLAGS = (
    "is_own_currency",
    "is_foreign_currency",
    "is_treated_as_sovereign",
    "is_by_sovereign",
    "is_listed_multilateral",
    "is_high_quality",
    "is_speculative",
    "is_listed",
    "is_legislated",
    "is_cash_flow_dependent",
    "is_split",
    "is_individual",
    "is_presold",
    "is_transactor",
    "has_currency_mismatch",
)
_TEXTS = (
    *("off_balance_kind", "rating", "sovereign_rating", "issuer_rating", "bank_grade"),
    *("lending_kind", "slotting_category"),
)
_CENTS_PER_CUSTOMER, _SHARES = 150_000, 1_000
_STEP = 10_000
# A contract without an end is as old as this; others run for their term and are made anew.
_AGE_MONTHS = 36

Record = dict[str, str]


@dataclass(frozen=True, slots=True)
class Holdings:
    """Positions by month end in cents; the first month end is the one before the span.

    Attributes:
        days: Month ends.
        drawn: Book value, (months, positions).
        undrawn: Committed and not drawn, (months, positions).
        provision: Specific provision, (months, positions).
        start: First day of the contract that runs at each month end, (months, positions).
        end: Its last day; the first day of a contract without an end.
    """

    days: Ints
    drawn: Ints
    undrawn: Ints
    provision: Ints
    start: Ints
    end: Ints

    @property
    def book_value(self) -> Ints:
        """Ledger balance of all positions, net of their provisions, by month end."""
        return np.asarray((self.drawn - self.provision).sum(axis=1), dtype=np.int64)


@cache
def positions() -> tuple[Record, ...]:
    """Positions of the bank, one record for each."""
    return _records("wholesale_positions.csv")


@cache
def protections() -> tuple[Record, ...]:
    """Credit protection of the positions."""
    return _records("wholesale_protection.csv")


def _records(name: str) -> tuple[Record, ...]:
    text = files("finplatform.simulate").joinpath(name).read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def holdings(config: SimulationConfig, calendar: Calendar, days: Ints) -> Holdings:
    """Positions at the end of the month before the span and at each of the month ends given."""
    rng = stream(config.seed, "wholesale")
    rows = positions()
    size = np.array([float(row["share"]) for row in rows]) * np.exp(rng.normal(0, 0.1, len(rows)))
    unit = config.customers * _CENTS_PER_CUSTOMER / _SHARES
    drawn = np.maximum(np.rint(size * unit / _STEP), 1).astype(np.int64) * _STEP
    open_share = np.array([float(row["undrawn"]) / float(row["share"]) for row in rows])
    undrawn = np.rint(drawn * open_share / _STEP).astype(np.int64) * _STEP
    kept = np.array([float(row["provision"] or 0) for row in rows])
    first = int(calendar.month[0])
    ends = np.r_[first_of_month(calendar.month[:1])[0] - 1, days].astype(np.int64)
    months = first - 1 + np.arange(len(ends))
    begun, ended = _contracts(rng, months, first)
    shape = (len(ends), len(rows))
    return Holdings(
        days=ends,
        drawn=np.broadcast_to(drawn, shape),
        undrawn=np.broadcast_to(undrawn, shape),
        provision=np.broadcast_to(np.rint(drawn * kept).astype(np.int64), shape),
        start=begun,
        end=ended,
    )


def _contracts(rng: np.random.Generator, months: Ints, first: int) -> tuple[Ints, Ints]:
    """First and last day of the contract of each position at each month end."""
    terms = np.array([int(row["term_months"] or 0) for row in positions()])
    has_term = terms > 0
    length = np.where(has_term, terms, _AGE_MONTHS)
    age = np.floor(rng.random(len(terms)) * length).astype(np.int64)
    passed = (months - first)[:, None] + age[None, :]
    run = np.where(has_term, passed % length, passed)
    begin = months[:, None] - run
    start = first_of_month(begin.ravel()).reshape(begin.shape)
    finish = first_of_month((begin + length).ravel()).reshape(begin.shape)
    return start, np.where(has_term, finish, start)


def exposure_frame(held: Holdings) -> pl.DataFrame:
    """Rows of `standardised_exposures`: every position at each month end of the span."""
    rows, days = positions(), held.days[1:]
    count = len(days)
    has_term = np.tile([bool(row["term_months"]) for row in rows], count)

    def tiled(name: str) -> pl.Series:
        return pl.Series([row[name] or None for row in rows] * count, dtype=pl.String)

    value = _property_values(held)
    flags = {
        name: pl.Series([name in row["flags"].split() for row in rows] * count) for name in FLAGS
    }
    return pl.DataFrame(
        {
            "report_date": dates(np.repeat(days, len(rows))),
            "exposure_id": _ids(held),
            "counterparty_id": [f"WC{row['position'].zfill(3)}" for row in rows] * count,
            "counterparty_name": tiled("name"),
            "country": tiled("country"),
            "exposure_class": tiled("exposure_class"),
            "currency": tiled("currency"),
            "drawn_amount": money(held.drawn[1:].ravel()),
            "undrawn_amount": money(held.undrawn[1:].ravel()),
            "specific_provision": money(held.provision[1:].ravel()),
            "start_date": dates(held.start[1:].ravel()),
            "maturity_date": dates(held.end[1:].ravel(), has_term),
            "is_defaulted": pl.Series(
                ["is_defaulted" in row["flags"].split() for row in rows] * count
            ),
            "turnover_eur_m": tiled("turnover_eur_m").cast(pl.Decimal(12, 3)),
            "property_value": money(value.ravel(), value.ravel() > 0),
            **{name: tiled(name) for name in _TEXTS},
            **flags,
        }
    )


def _property_values(held: Holdings) -> Ints:
    """Value of each property in cents, from its LTV; zero where there is none."""
    ltv: Floats = np.array([float(row["ltv"] or 0) for row in positions()])
    owed = held.drawn[1:] + held.undrawn[1:]
    found = np.divide(owed, ltv, out=np.zeros(owed.shape), where=ltv > 0)
    return np.rint(found / 100).astype(np.int64) * 100


def _ids(held: Holdings) -> list[str]:
    """A contract's id: its position and the month it began in."""
    began = held.start[1:].astype("datetime64[D]").astype("datetime64[M]").astype(str)
    return [
        f"W{row['position'].zfill(3)}-{month.replace('-', '')}"
        for months in began.tolist()
        for row, month in zip(positions(), months, strict=True)
    ]


def protection_frame(held: Holdings) -> pl.DataFrame:
    """Rows of `credit_protection`: what protects each position at each month end of the span."""
    rows, days = protections(), held.days[1:]
    count, size = len(days), len(positions())
    place = np.array([int(row["position"]) - 1 for row in rows])
    ids = np.array(_ids(held), dtype=np.object_).reshape(count, size)[:, place]
    amount, start = held.drawn[1:, place] + held.undrawn[1:, place], held.start[1:, place]
    share = np.array([float(row["share"]) for row in rows])
    borne = np.array([float(row["first_loss"] or 0) for row in rows])
    has_end = np.tile([bool(row["term_months"]) for row in rows], count)
    is_security = np.tile([bool(row["instrument_months"]) for row in rows], count)

    def tiled(name: str) -> pl.Series:
        return pl.Series([row[name] or None for row in rows] * count, dtype=pl.String)

    def flag(name: str) -> pl.Series:
        return pl.Series([name in row["flags"].split() for row in rows] * count)

    is_derivative = tiled("kind") == "credit_derivative"
    return pl.DataFrame(
        {
            "report_date": dates(np.repeat(days, len(rows))),
            "protection_id": [f"WP{row['protection'].zfill(3)}" for row in rows] * count,
            "exposure_id": ids.ravel().tolist(),
            "protection_kind": tiled("kind"),
            "currency": tiled("currency"),
            "amount": money(np.rint(amount * share).astype(np.int64).ravel()),
            "transaction_kind": tiled("transaction_kind"),
            "revaluation_days": tiled("revaluation_days").cast(pl.Float64),
            "start_date": dates(start.ravel()),
            "end_date": dates(_later(start, rows, "term_months").ravel(), has_end),
            "instrument_maturity_date": dates(
                _later(start, rows, "instrument_months").ravel(), is_security
            ),
            "provider_class": tiled("provider_class"),
            "provider_rating": tiled("provider_rating"),
            "provider_grade": tiled("provider_grade"),
            "is_own_currency": flag("is_own_currency"),
            "covers_restructuring": flag("covers_restructuring") | ~is_derivative,
            "first_loss_amount": money(np.rint(amount * borne).astype(np.int64).ravel()),
        }
    )


def _later(start: Ints, rows: tuple[Record, ...], column: str) -> Ints:
    """Days so many months after contracts began."""
    months = np.array([int(row[column] or 0) for row in rows])
    begun = start.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return first_of_month((begun + months).ravel()).reshape(start.shape)
