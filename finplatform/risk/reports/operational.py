"""Operational risk of the bank: income of the ledger and the register of losses to RWA (OPE25).

Ledger lines and losses in the figures of a reporting date. The business
indicator, the loss component and the multiplier are `finplatform.risk.operational`.

The three years of the business indicator are the twelve-month periods that end with the reporting
date and one and two years before it. A period of which the books lack a month is estimated: its
results are twelve times the average month of all three periods, since one month alone may be any
month. The row holds the number of months of books.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from finplatform.risk.money import to_cents
from finplatform.risk.operational import (
    BusinessYear,
    OperationalRequirement,
    operational_requirement,
)
from finplatform.risk.operational_losses import LossEventType, counted_events, yearly_losses
from finplatform.risk.reports.ledger import MONTHS_A_YEAR, ZERO, Ledger, months_back
from finplatform.risk.rules import rule
from finplatform.windows import date_key

EVENT_TYPES = {
    "INTERNAL_FRAUD": LossEventType.INTERNAL_FRAUD,
    "EXTERNAL_FRAUD": LossEventType.EXTERNAL_FRAUD,
    "EMPLOYMENT_PRACTICES": LossEventType.EMPLOYMENT_PRACTICES,
    "CLIENTS_PRODUCTS_PRACTICES": LossEventType.CLIENTS_PRODUCTS_PRACTICES,
    "PHYSICAL_DAMAGE": LossEventType.DAMAGE_TO_ASSETS,
    "DISRUPTION_SYSTEM_FAILURE": LossEventType.DISRUPTION_AND_SYSTEMS,
    "EXECUTION_PROCESS": LossEventType.EXECUTION_AND_PROCESS,
}
"""Event types of the register in the names of the engine."""

INCOME_LINES = {
    "interest_income": "INTEREST_INCOME",
    "interest_expense": "INTEREST_EXPENSE",
    "fee_income": "FEE_INCOME",
    "trading_result": "TRADING_RESULT",
}
"""Ledger line of each item that is a result; staff, administration, depreciation, credit losses and
tax stay out of the business indicator (OPE10.3)."""

EARNING_ASSETS = ("CASH", "SECURITIES", "TRADING_ASSETS", "LOANS", "WHOLESALE")
"""Ledger lines that earn interest; gross of the allowance."""


@dataclass(frozen=True)
class IncomeYear:
    """One twelve-month period of a business indicator.

    Attributes:
        ended: Its last day.
        months: Month ends of it that the books hold; with fewer than twelve, items are estimates.
        items: The items of twelve months.
        booked: Unscaled items: sums of the books and of the register.
    """

    ended: date
    months: int
    items: BusinessYear
    booked: BusinessYear


def operational_figures(
    dates: Sequence[date],
    ledger: Ledger,
    losses: pl.DataFrame,
    currency: str,
    eur_per_unit: Mapping[date, Decimal],
    *,
    rules_as_of: date | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Operational risk on each reporting date that the ledger has.

    Args:
        dates: Reporting dates.
        ledger: The books.
        losses: Rows of `gold.fact_operational_losses`.
        currency: Currency of the books.
        eur_per_unit: Price of one unit of it in EUR by date; on a date without one, thresholds in
            EUR are read as amounts of the currency itself.
        rules_as_of: Date of the rules to use throughout; default: each reporting date's own.

    Returns:
        Columns of `gold.operational_risk`, and of `gold.business_indicator_years`.
    """
    entries = loss_entries(losses)
    rows: list[dict[str, Any]] = []
    items: list[dict[str, Any]] = []
    for day in dates:
        if not ledger.has(day):
            continue
        as_of, price = rules_as_of or day, eur_per_unit.get(day, Decimal(1))
        years = income_years(ledger, entries, day, as_of)
        # A window of losses ends with the year before: the current one is not complete.
        last_year = day.year if (day.month, day.day) == (12, 31) else day.year - 1
        events = counted_events(entries, last_year, as_of, eur_per_unit=price)
        yearly = _known_years(
            yearly_losses(entries, last_year, as_of, eur_per_unit=price), entries, last_year
        )
        need = operational_requirement(
            [year.items for year in years], yearly, as_of, eur_per_unit=price
        )
        rows.append(_row(day, as_of, currency, years, yearly, events.height, need))
        items.extend(_items(day, currency, years))
    return (
        pl.DataFrame(rows, infer_schema_length=None),
        pl.DataFrame(items, infer_schema_length=None),
    )


def loss_entries(losses: pl.DataFrame) -> pl.DataFrame:
    """The register as the engine takes it: one entry for each event, net of recoveries."""
    return losses.select(
        event_id="loss_id",
        accounting_date="accounting_date",
        amount=pl.col("net_loss"),
        event_type=pl.col("event_type").replace_strict(EVENT_TYPES, return_dtype=pl.String),
        is_credit_related="is_credit_related",
    )


def income_years(ledger: Ledger, entries: pl.DataFrame, day: date, as_of: date) -> list[IncomeYear]:
    """The periods of a business indicator, newest first.

    Args:
        ledger: The books, which have `day`.
        entries: Entries of losses; those of a period are other operating expense (OPE10.2).
        day: Reporting date.
        as_of: Date of the rules.
    """
    count = int(rule("OPE25.5:years_averaged", as_of).exact)
    bounds = [
        (months_back(day, (number + 1) * MONTHS_A_YEAR), months_back(day, number * MONTHS_A_YEAR))
        for number in range(count)
    ]
    first, months = bounds[-1][0], ledger.months(bounds[-1][0], day)
    booked = _items_of(ledger, entries, first, day, Decimal(1))
    average = _items_of(ledger, entries, first, day, Decimal(MONTHS_A_YEAR) / months)
    years = []
    for after, until in bounds:
        held = ledger.months(after, until)
        is_whole = held == MONTHS_A_YEAR
        whole = _items_of(ledger, entries, after, until, Decimal(1)) if is_whole else None
        years.append(IncomeYear(until, held, whole or average, whole or booked))
    return years


def _items_of(
    ledger: Ledger, entries: pl.DataFrame, after: date, until: date, scale: Decimal
) -> BusinessYear:
    """Items of an interval, its results scaled to twelve months."""
    begun = max(after, ledger.begun_after(after))
    lost = entries.filter(
        (pl.col("accounting_date") > begun)
        & (pl.col("accounting_date") <= until)
        & ~pl.col("is_credit_related")
    )["amount"].sum()
    closed = ledger.last_in(after, until)
    assets = ledger.balance(closed, *EARNING_ASSETS) if closed else ZERO
    results = {
        item: ledger.movement(after, until, group) * scale for item, group in INCOME_LINES.items()
    }
    return BusinessYear(
        **{
            item: amount if item == "trading_result" else max(amount, ZERO)
            for item, amount in results.items()
        },
        interest_earning_assets=max(assets, ZERO),
        other_operating_expense=max(Decimal(lost or 0) * scale, ZERO),
    )


_FIELDS = (*INCOME_LINES, "interest_earning_assets", "other_operating_expense")
LOSS_REGISTER = "LOSS_REGISTER"
SOURCE_LINES = INCOME_LINES | {
    "interest_earning_assets": ";".join(EARNING_ASSETS),
    "other_operating_expense": LOSS_REGISTER,
}
"""Ledger lines behind each item; losses come from the register."""


def _known_years(
    yearly: tuple[Decimal, ...], entries: pl.DataFrame, last_year: int
) -> tuple[Decimal, ...]:
    """Leave out the years before the register's first whole year, which hold no complete data."""
    if entries.is_empty():
        return ()
    first = int(entries["accounting_date"].dt.year().min()) + 1  # type: ignore[arg-type]
    return yearly[max(len(yearly) - max(last_year - first + 1, 0), 0) :]


def _row(
    day: date,
    as_of: date,
    currency: str,
    years: Sequence[IncomeYear],
    yearly: tuple[Decimal, ...],
    events: int,
    need: OperationalRequirement,
) -> dict[str, Any]:
    indicator = need.business_indicator
    capital = to_cents(need.capital)
    return {
        "reporting_date": day,
        "date_key": date_key(day),
        "currency": currency,
        "months_of_income": sum(year.months for year in years),
        "interest_leases_dividends": to_cents(indicator.interest_leases_dividends),
        "services": to_cents(indicator.services),
        "financial": to_cents(indicator.financial),
        "business_indicator": to_cents(indicator.total),
        "bucket": need.bucket,
        "business_indicator_component": to_cents(need.business_indicator_component),
        "loss_years": len(yearly),
        "counted_events": events,
        "average_yearly_loss": to_cents(sum(yearly, ZERO) / len(yearly)) if yearly else ZERO,
        "loss_component": None if need.loss_component is None else to_cents(need.loss_component),
        "loss_multiplier": float(need.loss_multiplier),
        "capital_requirement": capital,
        "risk_weighted_assets": to_cents(rule("OPE25.2:rwa_multiplier", as_of).exact * capital),
        "rules": ";".join(
            (
                "OPE25.2:rwa_multiplier",
                *need.rules,
                "OPE25.8:loss_multiplier",
                "OPE25.18:loss_threshold_eur",
            )
        ),
    }


def _items(day: date, currency: str, years: Sequence[IncomeYear]) -> list[dict[str, Any]]:
    return [
        {
            "reporting_date": day,
            "date_key": date_key(day),
            "year_ended": year.ended,
            "item": item,
            "currency": currency,
            "amount": to_cents(getattr(year.items, item)),
            "booked_amount": to_cents(getattr(year.booked, item)),
            "months_of_books": year.months,
            "is_estimated": year.months < MONTHS_A_YEAR,
            "source_lines": SOURCE_LINES[item],
        }
        for year in years
        for item in _FIELDS
    ]
