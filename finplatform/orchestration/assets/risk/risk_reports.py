"""The reports of single risks as assets: liquidity, losses, concentration, market, stress, model.

Belongs here: the inputs of each report and its function. The functions are in
`finplatform.risk.reports` and `finplatform.ml.monitoring`.
"""

from datetime import date
from decimal import Decimal

import polars as pl

from finplatform.ml.monitoring import monitoring_figures
from finplatform.orchestration.assets.risk.capital_reports import (
    CELLS,
    DATES,
    EXPOSURES,
    LEDGER,
    METRICS,
    OWN_FUNDS,
    RATES,
    eur_prices,
    reporting_dates,
)
from finplatform.orchestration.assets.risk.report import (
    Columns,
    Frames,
    Query,
    Report,
    ReportContext,
)
from finplatform.risk.adequacy import own_funds_by_date
from finplatform.risk.estimates import with_estimates
from finplatform.risk.metrics import with_scores
from finplatform.risk.reports.credit_losses import credit_loss_figures, movement_figures
from finplatform.risk.reports.ledger import ZERO, Ledger
from finplatform.risk.reports.leverage import tier1_by_date
from finplatform.risk.reports.liquidity import liquidity_figures
from finplatform.risk.reports.market import market_figures
from finplatform.risk.reports.portfolio import (
    concentration_figures,
    large_exposure_figures,
    portfolio_figures,
)
from finplatform.risk.reports.stress import stress_figures
from finplatform.risk.reports.trading_book import TRADING_LINE

_SCORES = "gold.pd_scores"
_MEASURED = (
    "risk_key reporting_date date_key customer_key account_key product_key exposure_id"
    " exposure_class product_type currency is_defaulted drawn_amount undrawn_amount exposure_amount"
    " probability_default loss_given_default average_lgd expected_loss sa_exposure_amount"
    " sa_risk_weight irb_risk_weight"
)
_METRICS = Columns(METRICS, _MEASURED)
_TERMS = Columns(
    EXPOSURES,
    "risk_key exposure_id reporting_date days_past_due interest_rate remaining_months",
)
_SCORED_BOOK = Columns(
    EXPOSURES,
    "risk_key exposure_id reporting_date customer_id exposure_class product_type drawn_amount"
    " undrawn_amount is_defaulted days_past_due ltv specific_provision turnover_eur_m"
    " remaining_months",
)

_DEPOSITORS = Query(
    "select balances.balance_date as reporting_date, balances.customer_id,"
    " sum(greatest(balances.closing_balance, 0)) as amount"
    " from gold.fact_balances as balances"
    " inner join gold.dim_account as accounts on balances.account_key = accounts.account_key"
    " where accounts.account_type <> 'CREDIT_CARD' and balances.balance_date in"
    " (select distinct reporting_date from gold.credit_exposures where {window})"
    " group by balances.balance_date, balances.customer_id",
    ("gold.fact_balances", "gold.dim_account", EXPOSURES),
    "reporting_date",
    ("amount",),
)
_BORROWERS = Query(
    "select customer_key, customer_id, risk_profile, country from gold.dim_customer",
    ("gold.dim_customer",),
)
_PRODUCTS = Query(
    "select product_key, product_category from gold.dim_product", ("gold.dim_product",)
)
_FIRST_SCORES = Query(
    "select distinct on (exposure_id) exposure_id, probability_default as pd_at_origination"
    " from gold.pd_scores order by exposure_id, observation_date",
    (_SCORES,),
)
_CLASS_PDS = Query(
    # Exact numbers, so that the sum does not depend on the order of rows.
    "select exposures.reporting_date as observation_date, exposures.exposure_class,"
    " avg(scores.probability_default::numeric)::double precision as average_pd"
    " from gold.pd_scores as scores"
    " inner join gold.credit_exposures as exposures on scores.exposure_id = exposures.exposure_id"
    " and scores.observation_date = exposures.reporting_date"
    " group by exposures.reporting_date, exposures.exposure_class"
    " order by exposures.reporting_date, exposures.exposure_class",
    (_SCORES, EXPOSURES),
)
_REFERENCE_SCORES = Query(
    "select probability_default from gold.pd_scores"
    " where observation_date = (select min(observation_date) from gold.pd_scores)",
    (_SCORES,),
)
_OUTCOMES = Query(
    "select exposure_id, observation_date, is_default_12m from gold.credit_outcomes"
    " where {window} and is_default_12m is not null",
    ("gold.credit_outcomes",),
    "observation_date",
)
_UNEMPLOYMENT = Query(
    "select indicators.indicator_date, indicators.value::double precision as value"
    " from silver.stg_economic_indicators as indicators"
    " where indicators.indicator_code = 'UNEMPLOYMENT' and indicators.country = ("
    " select customers.country from gold.dim_customer as customers"
    " where customers.is_current and customers.country is not null"
    " group by customers.country order by count(*) desc, customers.country limit 1)",
    ("silver.stg_economic_indicators", "gold.dim_customer"),
)
_LOSSES_BEFORE = Query(
    "select reporting_date, exposure_id, stage::bigint as stage, allowance"
    " from gold.expected_credit_loss"
    " where reporting_date >= (select min(reporting_date) - 31 from gold.credit_exposures"
    " where {window}) and reporting_date <= (select max(reporting_date)"
    " from gold.credit_exposures where {window})",
    ("gold.expected_credit_loss", EXPOSURES),
    "reporting_date",
    ("allowance",),
)
_WRITE_OFFS = Query(
    "with charged as (select loans.loan_id, min(loans.valid_from) as charged_at"
    " from silver.stg_loans as loans where loans.status = 'CHARGED_OFF' group by loans.loan_id)"
    " select (date_trunc('month', charged.charged_at) + interval '1 month - 1 day')::date"
    " as reporting_date, exposures.exposure_id, exposures.drawn_amount as amount"
    " from charged inner join gold.credit_exposures as exposures"
    " on charged.loan_id = exposures.loan_id and exposures.reporting_date ="
    " (date_trunc('month', charged.charged_at) - interval '1 day')::date",
    ("silver.stg_loans", EXPOSURES),
    money=("amount",),
)
_PARAMETERS = Query(
    "select segment, parameter, months_in_default, estimate, used_value, method"
    " from gold.loss_parameters order by segment, parameter, months_in_default",
    ("gold.loss_parameters",),
)
_RETURNS = Query(
    "select data_date, symbol, return_rate from gold.fact_market_prices"
    " where return_rate is not null order by data_date, symbol",
    ("gold.fact_market_prices",),
)


def _terms(frames: Frames) -> pl.DataFrame:
    """Measured exposures with the terms of their contract."""
    terms = frames["exposures"].select(
        "exposure_id", "reporting_date", "days_past_due", "interest_rate", "remaining_months"
    )
    return frames["metrics"].join(terms, on=["exposure_id", "reporting_date"], how="left")


def _liquidity(
    frames: Frames, context: ReportContext
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    return liquidity_figures(
        _terms(frames),
        frames["depositors"],
        Ledger(frames["ledger"]),
        {day: held.total for day, held in own_funds_by_date(frames["own_funds"]).items()},
        context.currency,
        rules_as_of=context.rules_as_of,
    )


def _expected_credit_loss(frames: Frames, context: ReportContext) -> pl.DataFrame:
    return credit_loss_figures(
        _terms(frames),
        frames["first_scores"],
        frames["class_pds"],
        frames["unemployment"],
        context.currency,
        rules_as_of=context.rules_as_of,
    )


def _roll_forward(frames: Frames, context: ReportContext) -> pl.DataFrame:
    return movement_figures(
        frames["losses"], reporting_dates(frames), frames["write_offs"], context.currency
    )


def _portfolio(frames: Frames, _: ReportContext) -> pl.DataFrame:
    return portfolio_figures(
        frames["metrics"],
        frames["customers"].select("customer_key", "risk_profile"),
        frames["products"],
    )


def _large_exposures(frames: Frames, context: ReportContext) -> pl.DataFrame:
    return large_exposure_figures(
        frames["metrics"],
        frames["customers"].select("customer_key", "customer_id"),
        tier1_by_date(frames["own_funds"]),
        context.currency,
        rules_as_of=context.rules_as_of,
    )


def _concentration(frames: Frames, context: ReportContext) -> pl.DataFrame:
    return concentration_figures(
        frames["metrics"],
        frames["customers"].select("customer_key", "customer_id", "country"),
        rules_as_of=context.rules_as_of,
    )


def _market(frames: Frames, context: ReportContext) -> pl.DataFrame:
    ledger = Ledger(frames["ledger"])
    days = reporting_dates(frames)
    return market_figures(
        frames["returns"],
        days,
        _book_values(ledger, days),
        context.currency,
        rules_as_of=context.rules_as_of,
    )


def _book_values(ledger: Ledger, days: list[date]) -> dict[date, Decimal]:
    values = {day: ledger.balance(day, TRADING_LINE) for day in days}
    return {day: value for day, value in values.items() if value > ZERO}


def _stress(frames: Frames, context: ReportContext) -> pl.DataFrame:
    scored = with_scores(frames["exposures"], frames["scores"])
    return stress_figures(
        with_estimates(scored, frames["grades"], frames["parameters"]),
        own_funds_by_date(frames["own_funds"]),
        frames["cells"],
        context.currency,
        eur_per_unit=eur_prices(frames["rates"], context.currency),
        rules_as_of=context.rules_as_of,
    )


_BOOK = {"metrics": _METRICS, "exposures": _TERMS}

IMPAIRMENT = (
    Report(
        "expected_credit_loss",
        "Stage and allowance under IFRS 9, over scenarios of unemployment.",
        _expected_credit_loss,
        windowed=_BOOK,
        queries={
            "first_scores": _FIRST_SCORES,
            "class_pds": _CLASS_PDS,
            "unemployment": _UNEMPLOYMENT,
        },
    ),
    Report(
        "ecl_roll_forward",
        "Changes of the allowance since the previous month end, by stage (IFRS 7 35H).",
        _roll_forward,
        queries={"dates": DATES, "losses": _LOSSES_BEFORE, "write_offs": _WRITE_OFFS},
    ),
)
"""Expected credit losses, an input of own funds."""

RISKS = (
    Report(
        "liquidity_coverage",
        "Liquid assets over the net outflow of 30 days (LCR20, LCR30, LCR40); no rows for a bank"
        " without a ledger.",
        _liquidity,
        windowed=_BOOK | {"own_funds": OWN_FUNDS},
        queries={"ledger": LEDGER, "depositors": _DEPOSITORS},
        extra_outputs={
            "net_stable_funding": "Available over required stable funding (NSF20, NSF30); no rows"
            " for a bank without a ledger.",
            "liquidity_lines": "Every amount of both liquidity ratios with its rate and its rule.",
        },
    ),
    Report(
        "credit_risk_portfolio",
        "Exposure, PD and expected loss of the credit portfolio.",
        _portfolio,
        windowed={"metrics": _METRICS},
        queries={"customers": _BORROWERS, "products": _PRODUCTS},
    ),
    Report(
        "large_exposures",
        (
            "The largest groups of connected clients against their limit (LEX10.8, "
            "LEX20.1); no rows without Tier 1."
        ),
        _large_exposures,
        windowed={"metrics": _METRICS, "own_funds": OWN_FUNDS},
        queries={"customers": _BORROWERS},
    ),
    Report(
        "concentration",
        "Concentration of the portfolio: Herfindahl index, largest shares, granularity adjustment.",
        _concentration,
        windowed={"metrics": _METRICS},
        queries={"customers": _BORROWERS},
    ),
    Report(
        "market_risk",
        "Value at risk, expected shortfall and backtest of each security and of the trading book"
        " (MAR32, MAR33); no rows before a hundred days of returns.",
        _market,
        queries={"dates": DATES, "ledger": LEDGER, "returns": _RETURNS},
    ),
    Report(
        "stress_results",
        (
            "The portfolio under three scenarios, and the multiple of the severe one "
            "that breaches a minimum."
        ),
        _stress,
        windowed={
            "exposures": _SCORED_BOOK,
            "scores": Columns(_SCORES),
            "grades": Columns("gold.pd_grades", "exposure_id observation_date grade capital_pd"),
            "own_funds": OWN_FUNDS,
            "cells": CELLS,
        },
        queries={"parameters": _PARAMETERS, "rates": RATES},
    ),
    Report(
        "model_monitoring",
        "Discrimination, calibration and drift of the model in use, and the rate of "
        "overrides by analysts.",
        lambda frames, _: monitoring_figures(
            frames["scores"], frames["reference"], frames["outcomes"], frames["grades"]
        ),
        windowed={
            "scores": Columns(_SCORES),
            "grades": Columns("gold.pd_grades", "exposure_id observation_date override_id"),
        },
        queries={"reference": _REFERENCE_SCORES, "outcomes": _OUTCOMES},
        extra_outputs={"model_calibration": "Expected against observed defaults."},
    ),
)
"""The reports of single risks."""
