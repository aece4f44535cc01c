"""The capital reports as assets: from cells of RWA and lines of own funds to the ratios.

Belongs here: what each report reads and which function computes it. The functions are in
`finplatform.risk.reports` and `finplatform.risk.adequacy`.
"""

from datetime import date
from decimal import Decimal

import polars as pl

from finplatform.orchestration.assets.risk.report import (
    Columns,
    Frames,
    Query,
    Report,
    ReportContext,
)
from finplatform.risk.adequacy import capital_adequacy, credit_by_country, output_floor_figures
from finplatform.risk.minority_interests import LEVELS
from finplatform.risk.reports.ledger import Ledger
from finplatform.risk.reports.leverage import deductions_by_date, leverage_figures
from finplatform.risk.reports.loan_ledger import postings_by_date
from finplatform.risk.reports.minority_interests import TABLE as MINORITIES
from finplatform.risk.reports.minority_interests import lines_by_date, minority_figures
from finplatform.risk.reports.operational import operational_figures
from finplatform.risk.reports.own_funds import own_funds_figures
from finplatform.risk.reports.rwa_breakdown import rwa_breakdown
from finplatform.risk.reports.standardised import METRICS as STANDARDISED_METRICS
from finplatform.risk.reports.standardised import standardised_figures
from finplatform.risk.reports.trading_book import trading_book_figures

METRICS = "gold.fact_risk_metrics"
EXPOSURES = "gold.credit_exposures"
OWN_FUNDS = Columns("gold.own_funds")
CELLS = Columns("gold.rwa_by_class")
STANDARDISED = Columns(STANDARDISED_METRICS)
POSTINGS = Columns("gold.loan_ledger_reconciliation", "reporting_date proposed_posting")
_STANDARDISED_BOOK = Query(
    "select * from gold.standardised_exposures where {window}",
    ("gold.standardised_exposures",),
    "reporting_date",
    ("drawn_amount", "undrawn_amount", "specific_provision", "property_value"),
)
_PROTECTION = Query(
    "select * from gold.credit_protection where {window}",
    ("gold.credit_protection",),
    "reporting_date",
    ("amount", "first_loss_amount"),
)
DATES = Query(
    "select distinct reporting_date from gold.credit_exposures where {window}"
    " order by reporting_date",
    (EXPOSURES,),
    "reporting_date",
)
_TOTALS = Columns(
    METRICS,
    "risk_key reporting_date date_key customer_key exposure_class is_defaulted drawn_amount"
    " undrawn_amount exposure_amount expected_loss sa_exposure_amount sa_risk_weighted_assets"
    " irb_risk_weighted_assets risk_weighted_assets",
)
LEDGER = Query(
    "select report_date, account_group, natural_balance, natural_movement from gold.fact_ledger",
    ("gold.fact_ledger",),
    money=("natural_balance", "natural_movement"),
)
SECURITIES = Query(
    "select symbol, asset_class from gold.dim_security where symbol is not null",
    ("gold.dim_security",),
)
PROVISIONS = Query(
    "select reporting_date, sum(specific_provision) as specific_provision"
    " from gold.credit_exposures where {window} group by reporting_date",
    (EXPOSURES,),
    "reporting_date",
    ("specific_provision",),
)
_SUBSIDIARIES = Query(
    "select * from silver.stg_subsidiary_capital",
    ("silver.stg_subsidiary_capital",),
    money=(
        *(f"{level}_amount" for level in LEVELS),
        *(f"third_party_{level}_amount" for level in LEVELS),
        "risk_weighted_assets",
        "consolidated_risk_weighted_assets",
    ),
)
_OWN_FUNDS = Query(
    "select report_date, component, amount from silver.stg_own_funds",
    ("silver.stg_own_funds",),
    money=("amount",),
)
_LOSSES = Query(
    "select loss_id, accounting_date, net_loss, event_type, is_credit_related"
    " from gold.fact_operational_losses",
    ("gold.fact_operational_losses",),
    money=("net_loss",),
)
RATES = Query(
    "select rates.rate_date, rates.currency, rates.usd_rate::text as usd_rate"
    " from gold.exchange_rates as rates where rates.rate_date in"
    " (select distinct reporting_date from gold.credit_exposures where {window})",
    ("gold.exchange_rates", EXPOSURES),
    "reporting_date",
)
_RESIDENCE = Query("select customer_key, country from gold.dim_customer", ("gold.dim_customer",))


def reporting_dates(frames: Frames) -> list[date]:
    """Reporting dates of the book."""
    return frames["dates"]["reporting_date"].to_list()


def _operational(frames: Frames, context: ReportContext) -> tuple[pl.DataFrame, pl.DataFrame]:
    return operational_figures(
        reporting_dates(frames),
        Ledger(frames["ledger"]),
        frames["losses"],
        context.currency,
        eur_prices(frames["rates"], context.currency),
        rules_as_of=context.rules_as_of,
    )


def eur_prices(rates: pl.DataFrame, currency: str) -> dict[date, Decimal]:
    """Price in EUR of the reporting currency on each date that has rates of both.

    Args:
        rates: Rows of `RATES`.
        currency: Reporting currency.
    """
    dollars: dict[date, dict[str, Decimal]] = {}
    for day, name, rate in rates.iter_rows():
        dollars.setdefault(day, {"USD": Decimal(1)})[name] = Decimal(rate)
    return {
        day: quoted[currency] / quoted["EUR"]
        for day, quoted in dollars.items()
        if currency in quoted and "EUR" in quoted
    }


def _standardised(frames: Frames, context: ReportContext) -> tuple[pl.DataFrame, pl.DataFrame]:
    return standardised_figures(
        frames["book"],
        frames["protection"],
        context.currency,
        eur_prices(frames["rates"], context.currency),
        rules_as_of=context.rules_as_of,
    )


def _minorities(frames: Frames, context: ReportContext) -> pl.DataFrame:
    return minority_figures(
        reporting_dates(frames),
        frames["subsidiaries"],
        context.currency,
        rules_as_of=context.rules_as_of,
    )


def _own_funds(frames: Frames, context: ReportContext) -> pl.DataFrame:
    return own_funds_figures(
        frames["metrics"],
        frames["provisions"],
        frames["statements"],
        context.currency,
        minorities=lines_by_date(frames["minorities"]),
        standardised=frames["standardised"],
        postings=postings_by_date(frames["postings"]),
        rules_as_of=context.rules_as_of,
    )


def _cells(frames: Frames, context: ReportContext) -> pl.DataFrame:
    return rwa_breakdown(
        frames["metrics"],
        Ledger(frames["ledger"]),
        deductions_by_date(frames["own_funds"]),
        frames["market"],
        frames["operational"],
        context.currency,
        standardised=frames["standardised"],
        rules_as_of=context.rules_as_of,
    )


def _trading(frames: Frames, context: ReportContext) -> pl.DataFrame:
    return trading_book_figures(
        reporting_dates(frames),
        Ledger(frames["ledger"]),
        frames["securities"],
        context.currency,
        rules_as_of=context.rules_as_of,
    )


def _adequacy(frames: Frames, context: ReportContext) -> pl.DataFrame:
    return capital_adequacy(
        frames["metrics"],
        frames["cells"],
        frames["own_funds"],
        context.currency,
        countries=credit_by_country(frames["metrics"], frames["residence"], frames["standardised"]),
        rules_as_of=context.rules_as_of,
    )


def _leverage(frames: Frames, context: ReportContext) -> pl.DataFrame:
    return leverage_figures(
        frames["metrics"],
        Ledger(frames["ledger"]),
        frames["own_funds"],
        context.currency,
        standardised=frames["standardised"],
        postings=postings_by_date(frames["postings"]),
        rules_as_of=context.rules_as_of,
    )


CAPITAL = (
    Report(
        "fact_standardised_metrics",
        "Weight, RWA and protection of each exposure outside of the loan book (CRE20, CRE22);"
        " slotted loans and equity also with their IRB treatment (CRE33, CRE90).",
        _standardised,
        queries={
            "book": _STANDARDISED_BOOK,
            "protection": _PROTECTION,
            "rates": RATES,
        },
        extra_outputs={
            "standardised_parts": "Protected and unprotected parts of each exposure, with the risk"
            " weight of each part (CRE22)."
        },
    ),
    Report(
        "minority_interests",
        "Eligible part of the capital held by third parties in subsidiaries (CAP10.20);"
        " no rows for a bank without subsidiaries.",
        _minorities,
        queries={"dates": DATES, "subsidiaries": _SUBSIDIARIES},
    ),
    Report(
        "own_funds",
        "Own funds line by line: the statement in force, the adjusting entry from the "
        "allowance to the expected credit losses, expected loss above provisions, and "
        "provisions eligible as Tier 2 (CAP10, CAP30, CRE35).",
        _own_funds,
        windowed={
            "metrics": _TOTALS,
            "standardised": STANDARDISED,
            "minorities": Columns(MINORITIES),
            "postings": POSTINGS,
        },
        queries={"provisions": PROVISIONS, "statements": _OWN_FUNDS},
    ),
    Report(
        "operational_risk",
        "Business indicator, loss component, multiplier and capital for operational risk (OPE25).",
        _operational,
        queries={"dates": DATES, "ledger": LEDGER, "losses": _LOSSES, "rates": RATES},
        extra_outputs={
            "business_indicator_years": (
                "Yearly components averaged in the business indicator (OPE10.2, OPE25.5)."
            )
        },
    ),
    Report(
        "market_risk_capital",
        "Capital for the trading book by the simplified standardised approach (MAR40); no rows for"
        " a bank without one.",
        _trading,
        queries={"dates": DATES, "ledger": LEDGER, "securities": SECURITIES},
    ),
    Report(
        "rwa_by_class",
        "Cells that add up to all risk-weighted assets, by both approaches.",
        _cells,
        windowed={
            "metrics": _TOTALS,
            "own_funds": OWN_FUNDS,
            "market": Columns("gold.market_risk_capital"),
            "operational": Columns("gold.operational_risk"),
            "standardised": STANDARDISED,
        },
        queries={"ledger": LEDGER},
    ),
    Report(
        "output_floor",
        "Floor of RWA: a share of the standardised RWA of all risks (RBC20.4, RBC90.1).",
        lambda frames, context: output_floor_figures(
            frames["cells"], context.currency, rules_as_of=context.rules_as_of
        ),
        windowed={"cells": CELLS},
    ),
    Report(
        "capital_adequacy",
        "CET1, Tier 1 and total ratio of all risks after the output floor (RBC20), the "
        "buffers and the restriction of distributions (RBC30).",
        _adequacy,
        windowed={
            "metrics": _TOTALS,
            "cells": CELLS,
            "own_funds": OWN_FUNDS,
            "standardised": STANDARDISED,
        },
        queries={"residence": _RESIDENCE},
    ),
    Report(
        "leverage",
        "Tier 1 over the exposure measure (LEV20, LEV30); no rows for a bank without a ledger.",
        _leverage,
        windowed={
            "metrics": _TOTALS,
            "own_funds": OWN_FUNDS,
            "standardised": STANDARDISED,
            "postings": POSTINGS,
        },
        queries={"ledger": LEDGER},
    ),
)
"""The capital reports, in the order of their dependencies."""
