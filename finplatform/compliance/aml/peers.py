"""Comparison with others: how far a customer's flows are from their peer group's, and from all.

The month before is the measure: its flows are known on every day of a month, whichever day is
judged. Belongs here: flows as features, robust scores, and the anomaly score. Does not belong here:
what makes an alert.
"""

from datetime import date, timedelta

import numpy as np
import polars as pl

from finplatform.compliance.aml.hits import gather, within
from finplatform.compliance.aml.movements import (
    CASH_IN,
    CASH_OUT,
    FROM_CUSTOMER,
    FROM_OUTSIDE,
    TO_CUSTOMER,
    TO_OUTSIDE,
    WITH_OTHERS,
    is_kind,
)
from finplatform.compliance.aml.rules import Rules
from finplatform.ml import isolation

_BY_DAY = ["customer_id", "day"]
_MONTH = 30
_FLOWS = (CASH_IN, CASH_OUT, FROM_OUTSIDE, TO_OUTSIDE, FROM_CUSTOMER, TO_CUSTOMER)
_FEATURES = (*(kind.lower() for kind in _FLOWS), "transfers", "parties", "largest")
_WORDS = {
    "cash_in": "cash paid in",
    "cash_out": "cash taken out",
    "from_outside": "transfers from other banks",
    "to_outside": "transfers to other banks",
    "from_customer": "transfers from customers",
    "to_customer": "transfers to customers",
    "transfers": "the number of transfers",
    "parties": "the number of counterparties",
    "largest": "the largest movement",
}
_SEED = 20
_LEAST_REFERENCE = 30
_MAD_TO_SD = 1.4826
_LEAST_SPREAD = 0.25
"""Of logarithms: a group that hardly differs in itself is not a finer measure than this."""


def comparison_signals(
    movements: pl.DataFrame,
    profiles: pl.DataFrame,
    days: pl.DataFrame,
    month_start: date,
    rules: Rules,
) -> pl.DataFrame:
    """Hits of the peer group's and the anomaly's signal.

    Args:
        movements: Classified movements of the days and of the months before them.
        profiles: Rows of `PROFILES`.
        days: Customers and days with a signal, all of one calendar month.
        month_start: First day of that month.
        rules: Figures in force.
    """
    if days.is_empty():
        return gather([])
    end = month_start - timedelta(days=1)
    customers = movements.select("customer_id").unique().with_columns(day=pl.lit(end))
    reference = _features(movements, customers)
    if reference.height < _LEAST_REFERENCE:
        return gather([])
    judged = _features(movements, days)
    return gather(
        [
            _peer_deviation(judged, reference, _groups(profiles, month_start), rules),
            _anomaly(judged, reference, rules),
        ]
    )


def _features(movements: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """Flows of the last month, as logarithms of dollars and counts."""
    with_others = is_kind(*WITH_OTHERS)
    flows = {kind.lower(): pl.col("amount").filter(is_kind(kind)).sum().log1p() for kind in _FLOWS}
    relevant = movements.filter(is_kind(*_FLOWS))
    return (
        within(relevant, days, _MONTH)
        .group_by(_BY_DAY)
        .agg(
            **flows,
            transfers=with_others.sum().log1p(),
            parties=pl.col("party").filter(with_others).n_unique().log1p(),
            largest=pl.col("amount").max().log1p(),
        )
        .sort(_BY_DAY)
    )


def _groups(profiles: pl.DataFrame, day: date) -> pl.DataFrame:
    """Peer group of each customer on a day; of one who came later, the first."""
    return (
        profiles.with_columns(is_known=pl.col("valid_from") <= day)
        .filter(pl.col("is_known") | ~pl.col("is_known").any().over("customer_id"))
        .sort("customer_id", pl.when("is_known").then(-pl.col("valid_from").to_physical())
              .otherwise(pl.col("valid_from").to_physical()))
        .unique("customer_id", keep="first", maintain_order=True)
        .select("customer_id", "peer_group")
    )  # fmt: skip


def _peer_deviation(
    judged: pl.DataFrame, reference: pl.DataFrame, groups: pl.DataFrame, rules: Rules
) -> pl.DataFrame:
    """The feature in which a customer is furthest above the median of their peers."""
    known = reference.join(groups, on="customer_id", how="left")
    whole = _centre(known.with_columns(peer_group=pl.lit("")))
    parts = _centre(known.drop_nulls("peer_group")).filter(
        pl.col("size") >= rules.whole("PEER_DEVIATION", "least_group")
    )
    centres = pl.concat([whole, parts])
    of_group = judged.join(groups, on="customer_id", how="left").with_columns(
        peer_group=pl.when(pl.col("peer_group").is_in(parts["peer_group"].implode()))
        .then("peer_group")
        .otherwise(pl.lit(""))
    )
    scored = of_group.join(centres, on="peer_group").select(
        *_BY_DAY,
        "peer_group",
        *((pl.col(f) - pl.col(f"{f}_median")) / pl.col(f"{f}_spread") for f in _FEATURES),
    )
    found = (
        scored.unpivot(index=[*_BY_DAY, "peer_group"], on=_FEATURES)
        .sort(*_BY_DAY, "value", "variable", descending=[False, False, True, False])
        .group_by(_BY_DAY, maintain_order=True)
        .first()
        .filter(pl.col("value") >= rules.number("PEER_DEVIATION", "least_score"))
    )
    group = pl.when(pl.col("peer_group") == "").then(pl.lit("all customers")).otherwise(
        pl.format("customers of the group {}", "peer_group")
    )  # fmt: skip
    words = pl.format(
        "{} is {} spreads above the median of {}",
        pl.col("variable").replace_strict(_WORDS, return_dtype=pl.String),
        pl.col("value").round(1),
        group,
    )
    return _hits("PEER_DEVIATION", found, words, pl.col("value"))


def _centre(known: pl.DataFrame) -> pl.DataFrame:
    """Median and spread of each feature by peer group; the spread is that of a normal variable."""
    median = known.group_by("peer_group").agg(
        pl.len().alias("size"), *(pl.col(f).median().alias(f"{f}_median") for f in _FEATURES)
    )
    distance = known.join(median, on="peer_group").group_by("peer_group").agg(
        ((pl.col(f) - pl.col(f"{f}_median")).abs().median() * _MAD_TO_SD)
        .clip(lower_bound=_LEAST_SPREAD)
        .alias(f"{f}_spread")
        for f in _FEATURES
    )  # fmt: skip
    return median.join(distance, on="peer_group")


def _anomaly(judged: pl.DataFrame, reference: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """How soon an isolation forest sets the customer apart, against the month before's."""
    usual = reference.select(_FEATURES).to_numpy()
    forest = isolation.grow(usual, seed=_SEED)
    limit = float(np.quantile(forest.score(usual), rules.number("ANOMALY", "quantile")))
    score = forest.score(judged.select(_FEATURES).to_numpy())
    found = judged.select(_BY_DAY).with_columns(score=pl.Series(score))
    found = found.filter(pl.col("score") > limit)
    words = pl.format(
        f"the month's flows are unusual: anomaly score {{}} where {limit:.2f} is the limit",
        pl.col("score").round(2),
    )
    return _hits("ANOMALY", found, words, pl.col("score"))


def _hits(signal: str, found: pl.DataFrame, words: pl.Expr, measured: pl.Expr) -> pl.DataFrame:
    return found.select(
        "customer_id",
        "day",
        signal=pl.lit(signal),
        measured=measured.cast(pl.Float64),
        words=words,
        transaction_ids=pl.lit([], dtype=pl.List(pl.String)),
    )
