"""Dry run: hits of proposed parameters on history, compared with the parameters in force.

Belongs here: the comparison of two rule books on the same days. Does not belong here: reading
history, and putting a change in force.
"""

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from finplatform.compliance.aml.alerts import Evidence, monitor
from finplatform.compliance.aml.rules import RuleBook
from finplatform.windows import Window

_SHOWN = ["alert_id", "customer_id", "typology", "alert_date", "score"]


@dataclass(frozen=True)
class Comparison:
    """Alerts of the same days by two rule books.

    Attributes:
        before: Alerts by the rules in force.
        after: Alerts by the changed ones.
        customers_before: Customers with one.
        customers_after: The same by the changed rules.
        by_typology: Alerts before and after, by typology.
        lost: Alerts that there would be no more.
        new: Alerts that there would be in addition.
        reported_lost: Of those lost, how many were part of a report to the authority.
    """

    before: int
    after: int
    customers_before: int
    customers_after: int
    by_typology: pl.DataFrame
    lost: pl.DataFrame
    new: pl.DataFrame
    reported_lost: int


def compare(
    evidence: Evidence,
    window: Window,
    book: RuleBook,
    changed: RuleBook,
    reported: Collection[str] = (),
) -> Comparison:
    """Judges the days of a window by both books.

    Args:
        evidence: What is known of the window.
        window: Days to judge.
        book: The rules in force.
        changed: The same with another value.
        reported: Alerts that led to a report.
    """
    old = monitor(evidence, window, book).alerts
    new = monitor(evidence, window, changed).alerts
    counted = (
        old.group_by("typology")
        .len("before")
        .join(new.group_by("typology").len("after"), on="typology", how="full", coalesce=True)
        .with_columns(pl.col("before", "after").fill_null(0))
        .sort("typology")
    )
    lost = old.join(new, on="alert_id", how="anti").select(_SHOWN)
    return Comparison(
        before=old.height,
        after=new.height,
        customers_before=old["customer_id"].n_unique(),
        customers_after=new["customer_id"].n_unique(),
        by_typology=counted,
        lost=lost,
        new=new.join(old, on="alert_id", how="anti").select(_SHOWN),
        reported_lost=sum(alert in reported for alert in lost["alert_id"]),
    )
