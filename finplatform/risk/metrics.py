"""Risk metrics of a book: exposures and scores in, `fact_risk_metrics` out.

Belongs here: joining exposures with their scores, and measuring them date by date. PD and LGD
are chosen in `estimates`, the formulas are in `exposures`; own funds and ratios are in `adequacy`.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import numpy as np
import polars as pl

from finplatform.risk.estimates import with_estimates
from finplatform.risk.exposure_class import ExposureClass
from finplatform.risk.exposures import measure
from finplatform.risk.money import series_to_cents
from finplatform.risk.retail import is_regulatory_retail
from finplatform.risk.rules import LATEST, rule

_MONTHS_A_YEAR = 12.0
_RETAIL = (ExposureClass.QRRE.value, ExposureClass.OTHER_RETAIL.value)


def risk_metrics(
    exposures: pl.DataFrame,
    scores: pl.DataFrame,
    grades: pl.DataFrame,
    parameters: pl.DataFrame,
    *,
    eur_per_unit: Mapping[date, Decimal] | None = None,
    rules_as_of: date | None = None,
) -> pl.DataFrame:
    """Measures every exposure on every reporting date.

    Args:
        exposures: Rows of `gold.credit_exposures`.
        scores: Rows of `gold.pd_scores` for the same dates.
        grades: Rows of `gold.pd_grades` for the same dates.
        parameters: Rows of `gold.loss_parameters`.
        eur_per_unit: Price in EUR of the book's currency by date, for the limit of CRE20.65; 1 for
            a date without one.
        rules_as_of: Date of the rules to use throughout; default: each reporting date's own.

    Returns:
        Columns of `gold.fact_risk_metrics`; amounts rounded to the cent once, at the end.
    """
    joined = with_estimates(with_scores(exposures, scores), grades, parameters)
    parts = [
        _on_date(part, rules_as_of or part["reporting_date"][0], eur_per_unit or {})
        for part in joined.partition_by("reporting_date", maintain_order=True)
    ]
    return pl.concat(parts) if parts else _on_date(joined, rules_as_of or date.max, {})


def with_scores(exposures: pl.DataFrame, scores: pl.DataFrame) -> pl.DataFrame:
    """Exposures joined with the score of their date; null without a score, as in default."""
    return exposures.join(
        scores.select("exposure_id", "observation_date", "probability_default", "model_version"),
        left_on=["exposure_id", "reporting_date"],
        right_on=["exposure_id", "observation_date"],
        how="left",
        maintain_order="left",
    )


def engine_inputs(
    book: pl.DataFrame, *, eur_per_unit: Decimal = Decimal(1), as_of: date = LATEST
) -> pl.DataFrame:
    """The table that `exposures.measure` takes, from exposures with estimates.

    Args:
        book: All exposures of one date, as returned by `estimates.with_estimates`.
        eur_per_unit: Price in EUR of the book's currency.
        as_of: Date of the rules.
    """
    return book.select(
        "exposure_id",
        "exposure_class",
        "product_type",
        drawn=pl.col("drawn_amount").cast(pl.Float64),
        undrawn=pl.col("undrawn_amount").cast(pl.Float64),
        lgd=pl.col("lgd"),
        own_conversion_factor=pl.col("own_conversion_factor"),
        best_estimate_el=pl.col("best_estimate_el"),
        pd=pl.col("capital_pd"),
        ltv=pl.col("ltv").cast(pl.Float64),
        is_defaulted="is_defaulted",
        specific_provision=pl.col("specific_provision").cast(pl.Float64),
        turnover_eur_m=pl.col("turnover_eur_m").cast(pl.Float64),
        maturity=pl.col("remaining_months").cast(pl.Float64) / _MONTHS_A_YEAR,
        is_transactor=pl.lit(value=False),
        is_regulatory_retail=regulatory_retail(book, eur_per_unit, as_of),
    )


def regulatory_retail(book: pl.DataFrame, eur_per_unit: Decimal, as_of: date) -> pl.Series:
    """Exposures of a date that meet the size criteria of regulatory retail (CRE20.65).

    The portfolio is all retail without homes and without defaulted exposures; a borrower's
    exposures in it count together, drawn and undrawn. Other exposures have no such test and pass.

    Args:
        book: All exposures of one date: customer_id, exposure_class, is_defaulted, drawn_amount,
            undrawn_amount.
        eur_per_unit: Price in EUR of the book's currency.
        as_of: Date of the rules.
    """
    retail = pl.col("exposure_class").is_in(_RETAIL) & ~pl.col("is_defaulted")
    chosen = book.select(retail).to_series()
    portfolio = book.filter(chosen)
    found = np.ones(book.height, dtype=np.bool_)
    if portfolio.height:
        owed = portfolio["drawn_amount"] + portfolio["undrawn_amount"]
        found[chosen.to_numpy()] = is_regulatory_retail(
            portfolio["customer_id"].to_numpy().astype(np.str_),
            owed.cast(pl.Float64).to_numpy(),
            eur_per_unit=eur_per_unit,
            as_of=as_of,
        )
    return pl.Series("is_regulatory_retail", found)


def _on_date(book: pl.DataFrame, as_of: date, prices: Mapping[date, Decimal]) -> pl.DataFrame:
    day = book["reporting_date"][0] if book.height else as_of
    price = prices.get(day, Decimal(1))
    inputs = engine_inputs(book, eur_per_unit=price, as_of=as_of)
    measured = measure(inputs, as_of)
    minimum = float(rule("RBC20.1:minimum_total", as_of).value)
    return book.select(
        "risk_key",
        "date_key",
        "customer_key",
        "account_key",
        "product_key",
        "exposure_id",
        "reporting_date",
        "exposure_class",
        "product_type",
        "currency",
        "credit_score",
        "is_defaulted",
        "drawn_amount",
        "undrawn_amount",
        exposure_amount=series_to_cents(measured["irb_ead"]),
        probability_default=pl.when(pl.col("is_defaulted"))
        .then(1.0)
        .otherwise(pl.col("probability_default")),
        grade="grade",
        capital_pd=measured["irb_pd"],
        pd_source="pd_source",
        loss_given_default=inputs["lgd"].fill_null(measured["irb_lgd"]),
        lgd_source="lgd_source",
        average_lgd=pl.coalesce("average_lgd", "lgd").fill_null(measured["irb_lgd"]),
        ccf_source="ccf_source",
        loan_to_value=inputs["ltv"],
        expected_loss=series_to_cents(measured["expected_loss"]),
        sa_exposure_amount=series_to_cents(measured["sa_ead"]),
        sa_risk_weight=measured["sa_risk_weight"],
        sa_risk_weighted_assets=series_to_cents(measured["sa_rwa"]),
        irb_risk_weight=measured["irb_risk_weight"],
        irb_risk_weighted_assets=series_to_cents(measured["irb_rwa"]),
        risk_weighted_assets=series_to_cents(measured["irb_rwa"]),
        capital_requirement=series_to_cents(measured["irb_rwa"] * minimum),
        sa_rules=measured["sa_rules"],
        irb_rules=measured["irb_rules"],
        notes=measured["notes"],
        model_version=pl.col("model_version").fill_null("defaulted"),
    )
