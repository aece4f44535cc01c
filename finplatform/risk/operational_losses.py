"""Operational loss events in the loss data set, by year (OPE25.14-25.26).

From a table of accounted amounts to yearly losses; the capital requirement is in `operational`.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum

import polars as pl

from finplatform.risk.errors import RiskInputError
from finplatform.risk.money import Amount, decimal_amount
from finplatform.risk.rules import LATEST, rule
from finplatform.risk.thresholds import least_cents

_MONEY = pl.Decimal(38, 2)
_COLUMNS = ("event_id", "accounting_date", "amount", "event_type")


class LossEventType(StrEnum):
    """Level-1 event types (OPE25.17, Table 2)."""

    INTERNAL_FRAUD = "internal_fraud"
    EXTERNAL_FRAUD = "external_fraud"
    EMPLOYMENT_PRACTICES = "employment_practices"
    CLIENTS_PRODUCTS_PRACTICES = "clients_products_practices"
    DAMAGE_TO_ASSETS = "damage_to_assets"
    DISRUPTION_AND_SYSTEMS = "disruption_and_systems"
    EXECUTION_AND_PROCESS = "execution_and_process"


def counted_events(
    entries: pl.DataFrame,
    year: int,
    as_of: date = LATEST,
    *,
    eur_per_unit: Amount = 1,
    has_higher_threshold: bool = False,
) -> pl.DataFrame:
    """Return the net loss of each event that counts in the ten years up to `year`.

    An event counts by what is accounted for it within the window, net of recoveries received
    (OPE25.24-25.25), if that reaches the threshold (OPE25.18). Losses that credit-risk RWA already
    hold (OPE25.20) are left out.

    Args:
        entries: One row for each accounted amount: event_id; accounting_date; amount, a recovery
            negative; event_type (`LossEventType`); may have is_credit_related (default false).
        year: Last calendar year of the window.
        as_of: Date of the rules.
        eur_per_unit: Price in EUR of the currency of the amounts; the threshold is in EUR.
        has_higher_threshold: Whether the supervisor grants EUR 100,000 (OPE25.18).

    Returns:
        Columns event_id, event_type, net_loss; ordered by event.

    Raises:
        RiskInputError: If a column or a value is missing, an event type unknown, or one event has
            two types.
    """
    rows = _within(entries, year, as_of)
    parts = rule("OPE25.18:loss_threshold_eur", as_of)
    limit = parts.exact_part("option" if has_higher_threshold else "lowest")
    least = least_cents(limit, decimal_amount("eur_per_unit", eur_per_unit))
    return (
        rows.group_by("event_id")
        .agg(pl.col("event_type").first(), net_loss=pl.col("amount").sum())
        .filter(pl.col("net_loss") >= Decimal(least).scaleb(-2))
        .sort("event_id")
    )


def yearly_losses(
    entries: pl.DataFrame,
    year: int,
    as_of: date = LATEST,
    *,
    eur_per_unit: Amount = 1,
    has_higher_threshold: bool = False,
) -> tuple[Decimal, ...]:
    """Return the net loss of each of the ten years up to `year`, oldest first (OPE25.8).

    Each amount counts in the year it was accounted in (OPE25.26), for the events that count as a
    whole. Arguments and errors as in `counted_events`.
    """
    events = counted_events(
        entries,
        year,
        as_of,
        eur_per_unit=eur_per_unit,
        has_higher_threshold=has_higher_threshold,
    )
    rows = _within(entries, year, as_of).join(events.select("event_id"), on="event_id", how="semi")
    by_year = dict(
        rows.group_by(pl.col("accounting_date").dt.year().alias("year"))
        .agg(pl.col("amount").sum())
        .iter_rows()
    )
    first = year - int(rule("OPE25.8:loss_years", as_of).exact) + 1
    return tuple(by_year.get(number, Decimal(0)) for number in range(first, year + 1))


def _within(entries: pl.DataFrame, year: int, as_of: date) -> pl.DataFrame:
    """Check the entries, and keep those of the window that credit risk does not hold."""
    missing = [name for name in _COLUMNS if name not in entries.columns]
    if missing:
        raise RiskInputError(
            f"Loss entries lack: {', '.join(missing)}.", f"Give {', '.join(_COLUMNS)}."
        )
    empty = [name for name in _COLUMNS if entries[name].null_count()]
    if empty or (entries["amount"].dtype.is_float() and not entries["amount"].is_finite().all()):
        raise RiskInputError(
            f"Loss entries have missing values in {', '.join(empty) or 'amount'}.",
            "Give every fact of every entry.",
        )
    unknown = set(entries["event_type"].unique()) - {member.value for member in LossEventType}
    if unknown:
        raise RiskInputError(
            f"Unknown event type: {', '.join(sorted(unknown))}.",
            f"Use one of: {', '.join(LossEventType)}.",
        )
    types = entries.group_by("event_id").agg(pl.col("event_type").n_unique())
    if (types["event_type"] > 1).any():
        named = types.filter(pl.col("event_type") > 1)["event_id"].cast(pl.String).sort().to_list()
        raise RiskInputError(
            f"Events with two types: {', '.join(named[:5])}.", "Give each event one type."
        )
    first = year - int(rule("OPE25.8:loss_years", as_of).exact) + 1
    kept = pl.col("accounting_date").dt.year().is_between(first, year)
    if "is_credit_related" in entries.columns:
        kept &= ~pl.col("is_credit_related").fill_null(False)
    return entries.filter(kept).with_columns(pl.col("amount").cast(_MONEY))
