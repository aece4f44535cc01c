"""The credit portfolio by risk profile and product, large exposures and concentration.

Belongs here: groupings of the measured book. Limits and indices are
`finplatform.risk.concentration`.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from finplatform.risk.concentration import (
    effective_number,
    granularity_adjustment,
    herfindahl,
    large_exposures,
    top_share,
)
from finplatform.risk.money import ZERO
from finplatform.risk.rules import rule
from finplatform.sums import ordered_mean, ordered_sum
from finplatform.windows import date_key

LARGEST = 20
"""Number of the largest groups that are always listed."""

DIMENSIONS = ("debtor", "exposure_class", "product_type", "country")


def portfolio_figures(
    metrics: pl.DataFrame, customers: pl.DataFrame, products: pl.DataFrame
) -> pl.DataFrame:
    """Exposure, PD and expected loss by risk profile and product category.

    Args:
        metrics: Rows of `gold.fact_risk_metrics`.
        customers: customer_key, risk_profile.
        products: product_key, product_category.

    Returns:
        Columns of `gold.credit_risk_portfolio`.
    """
    exposure = pl.col("drawn_amount")
    loss_given_certain = exposure.cast(pl.Float64) * pl.col("probability_default")
    return (
        metrics.join(customers, on="customer_key", how="left")
        .join(products, on="product_key", how="left")
        .with_columns(pl.col("risk_profile", "product_category").fill_null("UNKNOWN"))
        .group_by(
            "reporting_date",
            "date_key",
            "risk_profile",
            "product_category",
            "currency",
        )
        .agg(
            account_count=pl.col("account_key").n_unique().cast(pl.Int64),
            exposure_count=pl.len().cast(pl.Int64),
            total_exposure=exposure.sum(),
            avg_default_probability=ordered_mean(pl.col("probability_default")),
            expected_loss=ordered_sum(loss_given_certain).round(2).cast(pl.Decimal(18, 2)),
            regulatory_expected_loss=pl.col("expected_loss").sum(),
        )
        .with_columns(
            loss_rate_percentage=pl.when(pl.col("total_exposure") > 0).then(
                pl.col("expected_loss").cast(pl.Float64)
                / pl.col("total_exposure").cast(pl.Float64)
                * 100.0
            )
        )
        .sort("reporting_date", "risk_profile", "product_category", "currency")
    )


def large_exposure_figures(
    metrics: pl.DataFrame,
    customers: pl.DataFrame,
    tier1: Mapping[date, Decimal],
    currency: str,
    *,
    rules_as_of: date | None = None,
) -> pl.DataFrame:
    """Largest groups of connected clients against Tier 1, where Tier 1 is known and above zero.

    The core system names no connections between clients: each customer is a group of its own.

    Args:
        metrics: Rows of `gold.fact_risk_metrics`.
        customers: customer_key, customer_id.
        tier1: Tier 1 by date.
        currency: Currency of the reports.
        rules_as_of: Date of the rules to use throughout; default: each reporting date's own.

    Returns:
        Columns of `gold.large_exposures`: all that are large, and at least the largest twenty.
    """
    parts = []
    named = metrics.join(customers, on="customer_key", how="left")
    for part in named.sort("reporting_date").partition_by("reporting_date"):
        day = part["reporting_date"][0]
        capital = tier1.get(day, ZERO)
        if capital <= ZERO:
            continue
        held = part.select(
            group_id=pl.coalesce("customer_id", "exposure_id"),
            # Drawn, and undrawn limits as the exposure at default holds them (LEX30).
            amount=pl.max_horizontal("drawn_amount", "sa_exposure_amount", "exposure_amount"),
        )
        found = large_exposures(held, capital, rules_as_of or day)
        ranked = found.with_columns(rank=pl.int_range(1, pl.len() + 1).cast(pl.Int32))
        parts.append(
            ranked.filter((pl.col("rank") <= LARGEST) | pl.col("is_large")).select(
                pl.lit(day).alias("reporting_date"),
                pl.lit(date_key(day)).cast(pl.Int32).alias("date_key"),
                "rank",
                "group_id",
                pl.lit(currency).alias("currency"),
                "exposure_amount",
                "tier1_share",
                "is_large",
                "limit_amount",
                "excess_amount",
                "is_breach",
            )
        )
    return pl.concat(parts) if parts else pl.DataFrame()


def concentration_figures(
    metrics: pl.DataFrame, customers: pl.DataFrame, *, rules_as_of: date | None = None
) -> pl.DataFrame:
    """Concentration of the book by debtor, class, product and country.

    Args:
        metrics: Rows of `gold.fact_risk_metrics`.
        customers: customer_key, customer_id, country.
        rules_as_of: Date of the rules to use throughout; default: each reporting date's own.

    Returns:
        Columns of `gold.concentration`; none for a date without exposure.
    """
    book = metrics.join(customers, on="customer_key", how="left").with_columns(
        debtor=pl.coalesce("customer_id", "exposure_id"),
        country=pl.col("country").fill_null("UNKNOWN"),
    )
    rows: list[dict[str, Any]] = []
    # In one order, as floats add up to other last digits in another.
    for part in book.sort("reporting_date", "exposure_id").partition_by("reporting_date"):
        day = part["reporting_date"][0]
        for dimension in DIMENSIONS:
            amounts = part.group_by(dimension).agg(pl.col("exposure_amount").sum()).sort(dimension)
            held = amounts["exposure_amount"].cast(pl.Float64).to_numpy()
            if held.sum() > 0.0:
                rows.append(
                    {
                        "reporting_date": day,
                        "date_key": date_key(day),
                        "dimension": dimension,
                        "members": len(held),
                        "herfindahl_index": herfindahl(held),
                        "effective_number": effective_number(held),
                        "top_share": top_share(held, LARGEST if dimension == "debtor" else 1),
                        "granularity_rate": _granularity(part, rules_as_of or day)
                        if dimension == "debtor"
                        else None,
                    }
                )
    return pl.DataFrame(rows, infer_schema_length=None)


def _granularity(part: pl.DataFrame, as_of: date) -> float | None:
    """Granularity adjustment over exposure, of performing exposures."""
    multiplier = rule("CRE31.5:rwa_multiplier", as_of).value
    amount = pl.col("exposure_amount").cast(pl.Float64)
    weight = amount / ordered_sum(amount).over("debtor")
    held = (
        part.filter(~pl.col("is_defaulted") & (pl.col("exposure_amount") > 0))
        .select(
            "debtor",
            amount.alias("amount"),
            (pl.col("probability_default") * weight).alias("pd"),
            (pl.col("loss_given_default") * weight).alias("lgd"),
            (pl.col("irb_risk_weight") / multiplier * weight).alias("capital"),
        )
        .group_by("debtor", maintain_order=True)
        .agg(ordered_sum(pl.col("amount", "pd", "lgd", "capital")))
    )
    if held.is_empty() or not held["capital"].sum():
        return None
    return granularity_adjustment(
        *(held[name].to_numpy() for name in ("amount", "pd", "lgd", "capital"))
    )
