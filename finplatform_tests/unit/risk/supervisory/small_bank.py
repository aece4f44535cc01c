"""A small bank with loans, a standardised book, a ledger and own funds, in supervisory cells."""

from decimal import Decimal
from functools import lru_cache

import polars as pl

from finplatform.risk.supervisory.cells import Cells
from finplatform.risk.supervisory.reports import SupervisoryInput, date_cells
from finplatform_tests.unit.orchestration.test_capital_reports import computed
from finplatform_tests.unit.risk.reports import books
from finplatform_tests.unit.risk.reports.books import JANUARY, MONEY

TOTAL, INTERNAL_TOTAL = "eba_qEC:qx01", "eba_qAE:qx01"


def loans() -> pl.DataFrame:
    """The loan book with what its report joins to it."""
    is_corporate = pl.col("exposure_class") == "corporate"
    is_card = pl.col("exposure_class") == "qrre"
    return books.metrics(JANUARY).with_columns(
        lgd_source=pl.when(is_corporate)
        .then(pl.lit("CRE32.6:foundation_lgd"))
        .when(pl.col("exposure_class") == "other_retail")
        .then(pl.lit("BANK.LGD:expert_lgd"))
        .otherwise(pl.lit("CRE36:own_downturn_lgd")),
        ccf_source=pl.when(is_card).then(pl.lit("CRE32.36:own_conversion_factor")),
        capital_pd="probability_default",
        specific_provision=pl.lit(Decimal("7.00")).cast(MONEY),
        turnover_eur_m=pl.when(is_corporate).then(pl.lit(Decimal("20.000"))),
    )


@lru_cache(maxsize=2)
def reports(*, is_full: bool = True) -> dict[str, pl.DataFrame]:
    """The capital reports of the bank, with its standardised book or without."""
    return computed(is_full=is_full)


def given(*, is_full: bool = True) -> SupervisoryInput:
    """What the templates are filled from."""
    made = reports(is_full=is_full)
    book, protection = books.standardised(JANUARY)
    if not is_full:
        book, protection = book.clear(), protection.clear()
    return SupervisoryInput(
        own_funds=made["gold.own_funds"],
        cells=made["gold.rwa_by_class"],
        floor=made["gold.output_floor"],
        adequacy=made["gold.capital_adequacy"],
        leverage=made["gold.leverage"],
        loans=loans(),
        metrics=made["gold.fact_standardised_metrics"],
        exposures=book.with_columns(
            is_individual=pl.lit(False),
            is_cash_flow_dependent=pl.lit(False),
            turnover_eur_m=pl.when(pl.col("exposure_id") == "W1").then(Decimal("40.000")),
        ),
        parts=made["gold.standardised_parts"],
        protection=protection,
        results=pl.DataFrame(
            {
                "reporting_date": [JANUARY],
                "previous_years": [Decimal("8200.00")],
                "profit": [Decimal("1000.00")],
            },
            schema_overrides={"previous_years": MONEY, "profit": MONEY},
        ),
    )


@lru_cache(maxsize=1)
def filled() -> Cells:
    """The cells of the bank."""
    return date_cells(given(), JANUARY, JANUARY)
