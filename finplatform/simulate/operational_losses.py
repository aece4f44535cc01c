"""Ten years of operational losses with a heavy tail.

Belongs here: the loss data that an operational risk department collects. Does not: the frauds on
customers' accounts (`misconduct`), which are smaller, or any capital rule.
"""

import numpy as np
import polars as pl

from finplatform.contracts.oversight import BUSINESS_LINES, LOSS_EVENT_TYPES
from finplatform.simulate.clock import Calendar
from finplatform.simulate.config import SimulationConfig
from finplatform.simulate.frames import dates, labels, money, text
from finplatform.simulate.rng import Floats, Ints, pick, stream

YEARS = 10
_OFTEN = [0.04, 0.36, 0.06, 0.12, 0.02, 0.08, 0.32]
_HEAVY = np.array([1.6, 0.8, 1.3, 2.2, 1.5, 0.9, 0.8])
_DAYS_TO_DISCOVER = np.array([180.0, 12.0, 60.0, 150.0, 1.0, 1.0, 9.0])
_LINES = [0.0, 0.03, 0.60, 0.15, 0.14, 0.03, 0.03, 0.02]
_RETAIL, _COMMERCIAL, _EXTERNAL = 2, 3, 1
# Dollars: a lognormal body, and above 20,000 a Pareto tail with a shape near 1.
_LEAST, _MEDIAN, _SPREAD = 500.0, 2_500.0, 1.0
_TAIL_SHARE, _TAIL_FROM, _TAIL_SCALE, _TAIL_SHAPE = 0.08, 20_000.0, 20_000.0, 0.9
_LARGEST = 4_000_000.0
_DAYS = 365.25


def loss_frame(config: SimulationConfig, calendar: Calendar) -> pl.DataFrame:
    """Events that were accounted for in the ten years up to the end of the span."""
    rng = stream(config.seed, "operational losses")
    size = (config.customers / 2_000) ** 0.5
    first = calendar.end - round(YEARS * _DAYS)
    years_of_discovery = 3
    mean = float(np.clip(25 * size, 12, 2_000))
    count = int(rng.poisson(mean * (YEARS + years_of_discovery)))
    occurred = first - round(years_of_discovery * _DAYS) + rng.integers(
        0, round((YEARS + years_of_discovery) * _DAYS), count
    )  # fmt: skip
    kind, line = pick(rng, _OFTEN, count), pick(rng, _LINES, count)
    discovered = occurred + _delay(rng, _DAYS_TO_DISCOVER[kind])
    accounted = discovered + _delay(rng, np.full(count, 18.0))
    gross = _severity(rng, kind, size)
    direct, insured = _recoveries(rng, gross)
    credit = (kind == _EXTERNAL) & np.isin(line, (_RETAIL, _COMMERCIAL)) & (rng.random(count) < 0.1)
    known = np.flatnonzero((accounted > first) & (accounted <= calendar.end))
    known = known[np.lexsort((occurred[known], accounted[known]))]
    return pl.DataFrame(
        {
            "loss_id": labels("OL", np.arange(1, len(known) + 1), 7),
            "event_type": text(LOSS_EVENT_TYPES, kind[known]),
            "business_line": text(BUSINESS_LINES, line[known]),
            "occurrence_date": dates(occurred[known]),
            "discovery_date": dates(discovered[known]),
            "accounting_date": dates(accounted[known]),
            "gross_loss": money(gross[known]),
            "direct_recovery": money(direct[known]),
            "insurance_recovery": money(insured[known]),
            "currency": pl.repeat("USD", len(known), eager=True),
            "is_credit_related": credit[known],
        }
    )


def _delay(rng: np.random.Generator, median: Floats) -> Ints:
    return np.floor(median * np.exp(rng.normal(0, 0.9, len(median)))).astype(np.int64)


def _severity(rng: np.random.Generator, kind: Ints, size: float) -> Ints:
    """Gross loss in cents; the tail is cut where it would exceed what such a bank could lose."""
    count = len(kind)
    heavy = _HEAVY[kind]
    body = _LEAST + _MEDIAN * heavy * np.exp(rng.normal(0, _SPREAD, count))
    scale = _TAIL_SCALE * heavy
    room = 1 + _TAIL_SHAPE * (_LARGEST * max(size, 0.25) - _TAIL_FROM) / scale
    level = rng.random(count) * (1 - room ** (-1 / _TAIL_SHAPE))
    tail = _TAIL_FROM + scale / _TAIL_SHAPE * ((1 - level) ** -_TAIL_SHAPE - 1)
    dollars = np.where(rng.random(count) < _TAIL_SHARE * np.sqrt(heavy), tail, body)
    return np.rint(dollars * 100).astype(np.int64)


def _recoveries(rng: np.random.Generator, gross: Ints) -> tuple[Ints, Ints]:
    """Recoveries from the parties that caused the loss and from insurers; below the loss."""
    count = len(gross)
    direct = np.where(rng.random(count) < 0.35, rng.beta(1.5, 4, count), 0.0)
    covered = (gross > 2_500_000) & (rng.random(count) < 0.25)
    insured = np.where(covered, rng.beta(2, 3, count) * (1 - direct), 0.0)
    return (gross * direct).astype(np.int64), (gross * insured).astype(np.int64)
