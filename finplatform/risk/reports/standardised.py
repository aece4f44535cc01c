"""The standardised book by reporting date: exposures with their weights, and the parts of each.

Belongs here: measuring the rows of a date, and rounding once so that the parts of an exposure add
up to it. The measures are `finplatform.risk.standardised_book`.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import polars as pl

from finplatform.risk.rules import rule
from finplatform.risk.standardised_book import BookOptions, StandardisedBook, measure_standardised
from finplatform.windows import date_key

METRICS, PARTS = "gold.fact_standardised_metrics", "gold.standardised_parts"
"""Tables of exposures and of their parts."""

CELL_PREFIX, INTERNAL_PREFIX = "standardised_", "internal_"
"""Prefixes of the classes of the standardised book in `gold.rwa_by_class`."""

_MONEY = pl.Decimal(18, 2)


def standardised_figures(
    exposures: pl.DataFrame,
    protection: pl.DataFrame,
    currency: str,
    eur_per_unit: Mapping[date, Decimal],
    *,
    rules_as_of: date | None = None,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Measured exposures and their parts on each reporting date.

    Args:
        exposures: Rows of `gold.standardised_exposures`.
        protection: Rows of `gold.credit_protection` of the same dates.
        currency: Currency of the reports, which all amounts are in.
        eur_per_unit: Price in EUR of that currency by date; 1 for a date without one.
        rules_as_of: Date of the rules to use throughout; default: each reporting date's own.

    Returns:
        Columns of `gold.fact_standardised_metrics`, and of `gold.standardised_parts`.
    """
    measured, parts = [], []
    for rows in exposures.sort("reporting_date", "exposure_id").partition_by("reporting_date"):
        day = rows["reporting_date"][0]
        as_of = rules_as_of or day
        held = protection.filter(pl.col("reporting_date") == day)
        options = BookOptions(
            is_simple=bool(rule("BANK.MITIGATION:is_simple", as_of).value),
            eur_per_unit=float(eur_per_unit.get(day, Decimal(1))),
        )
        book = measure_standardised(rows, held, as_of, options)
        cut = _parts(book)
        measured.append(_metrics(rows, book, cut, day, currency, as_of))
        parts.append(
            cut.select(
                pl.lit(day).alias("reporting_date"),
                pl.lit(date_key(day), pl.Int32).alias("date_key"),
                pl.all(),
                pl.lit(currency).alias("currency"),
            )
        )
    if not measured:
        return pl.DataFrame(), pl.DataFrame()
    return pl.concat(measured), pl.concat(parts)


def _parts(book: StandardisedBook) -> pl.DataFrame:
    """Parts in cents; what rounding leaves of an exposure goes to its last part."""
    whole = book.exposures.select(
        "exposure_id",
        "exposure_class",
        "is_defaulted",
        "approach",
        whole=pl.col("sa_ead").round(2).cast(_MONEY),
    )
    cents = book.parts.join(whole, on="exposure_id", maintain_order="left").with_columns(
        amount=pl.col("amount").round(2).cast(_MONEY)
    )
    others = pl.col("amount").sum().over("exposure_id") - pl.col("amount")
    is_last = pl.col("part") == pl.col("part").max().over("exposure_id")
    return cents.with_columns(
        amount=pl.when(is_last).then(pl.col("whole") - others).otherwise("amount").cast(_MONEY)
    ).select(
        "exposure_id",
        "part",
        "exposure_class",
        "is_defaulted",
        "approach",
        "part_kind",
        "protection_id",
        "amount",
        "risk_weight",
        risk_weighted_assets=pl.col("rwa").round(2).cast(_MONEY),
        rules="rules",
    )


def _metrics(
    rows: pl.DataFrame,
    book: StandardisedBook,
    cut: pl.DataFrame,
    day: date,
    currency: str,
    as_of: date,
) -> pl.DataFrame:
    sums = cut.group_by("exposure_id").agg(
        sa_risk_weighted_assets=pl.col("risk_weighted_assets").sum(),
        protected_amount=pl.col("amount").filter(pl.col("protection_id").is_not_null()).sum(),
    )
    joined = book.exposures.join(sums, on="exposure_id", how="left", maintain_order="left")
    minimum = rule("RBC20.1:minimum_total", as_of).value
    # Under the standardised approach the exposure is the sum of its rounded parts.
    used = pl.when(pl.col("approach") == "SA").then("sa_risk_weighted_assets")
    assets = used.otherwise(pl.col("rwa").round(2).cast(_MONEY)).cast(_MONEY)
    off_balance = pl.col("gross_amount") - pl.Series(rows["drawn_amount"].cast(pl.Float64))
    return joined.select(
        pl.lit(day).alias("reporting_date"),
        pl.lit(date_key(day), pl.Int32).alias("date_key"),
        "exposure_id",
        rows["counterparty_id"],
        rows["country"],
        "exposure_class",
        "is_defaulted",
        "approach",
        pl.lit(currency).alias("currency"),
        rows["drawn_amount"],
        rows["undrawn_amount"],
        rows["specific_provision"],
        off_balance_amount=off_balance.round(2).cast(_MONEY),
        exposure_amount=pl.col("ead").round(2).cast(_MONEY),
        sa_exposure_amount=pl.col("sa_ead").round(2).cast(_MONEY),
        protected_amount=pl.col("protected_amount").cast(_MONEY),
        debtor_weight="debtor_weight",
        sa_risk_weight=_average("sa_rwa", "sa_ead"),
        sa_risk_weighted_assets=pl.col("sa_risk_weighted_assets").cast(_MONEY),
        risk_weight=_average("rwa", "ead"),
        risk_weighted_assets=assets,
        expected_loss=pl.col("expected_loss").round(2).cast(_MONEY),
        capital_requirement=(assets.cast(pl.Float64) * minimum).round(2).cast(_MONEY),
        sa_rules="sa_rules",
        rules="rules",
    )


def _average(assets: str, exposure: str) -> pl.Expr:
    """Average weight; the debtor's where there is no exposure."""
    share = pl.col(assets) / pl.col(exposure)
    return pl.when(pl.col(exposure) > 0.0).then(share).otherwise("debtor_weight")
