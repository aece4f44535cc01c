"""The supervisory templates as assets: their cells and the outcomes of the supervisor's rules.

Belongs here: their inputs. Does not belong here: the cells (`finplatform.risk.supervisory`).
"""

import polars as pl

from finplatform.orchestration.assets.risk.capital_reports import (
    CELLS,
    EXPOSURES,
    METRICS,
    OWN_FUNDS,
    STANDARDISED,
)
from finplatform.orchestration.assets.risk.report import (
    Columns,
    Frames,
    Query,
    Report,
    ReportContext,
)
from finplatform.risk.supervisory.reports import SupervisoryInput, supervisory_figures

_MONEY = (
    "drawn_amount",
    "undrawn_amount",
    "exposure_amount",
    "expected_loss",
    "risk_weighted_assets",
    "specific_provision",
)
_LOANS = Query(
    """
    select
        metrics.reporting_date,
        metrics.customer_key,
        metrics.exposure_class,
        metrics.lgd_source,
        metrics.ccf_source,
        metrics.capital_pd,
        metrics.loss_given_default,
        metrics.drawn_amount,
        metrics.undrawn_amount,
        metrics.exposure_amount,
        metrics.expected_loss,
        metrics.risk_weighted_assets,
        case
            when entries.posted_allowance is null then exposures.specific_provision
            else losses.allowance
        end as specific_provision,
        exposures.turnover_eur_m
    from gold.fact_risk_metrics as metrics
    inner join gold.credit_exposures as exposures
        using (reporting_date, exposure_id)
    left join gold.expected_credit_loss as losses
        using (reporting_date, exposure_id)
    left join gold.loan_ledger_reconciliation as entries
        using (reporting_date)
    where {window}
    """,
    (METRICS, EXPOSURES, "gold.expected_credit_loss", "gold.loan_ledger_reconciliation"),
    "reporting_date",
    _MONEY,
)
_RESULTS = Query(
    """
    select
        report_date as reporting_date,
        coalesce(
            sum(natural_balance) filter (where account_group = 'RETAINED_EARNINGS'), 0
        ) as previous_years,
        coalesce(sum(natural_balance) filter (where account_type = 'INCOME'), 0)
        - coalesce(sum(natural_balance) filter (where account_type = 'EXPENSE'), 0)
        - coalesce(max(entries.proposed_posting), 0) as profit
    from gold.fact_ledger
    left join gold.loan_ledger_reconciliation as entries
        on fact_ledger.report_date = entries.reporting_date
    where {window}
    group by report_date
    """,
    ("gold.fact_ledger", "gold.loan_ledger_reconciliation"),
    "report_date",
    ("previous_years", "profit"),
)
_BOOK = Query(
    "select * from gold.standardised_exposures where {window}",
    ("gold.standardised_exposures",),
    "reporting_date",
)
_PROTECTION = Query(
    "select * from gold.credit_protection where {window}",
    ("gold.credit_protection",),
    "reporting_date",
)


def _supervisory(frames: Frames, context: ReportContext) -> tuple[pl.DataFrame, ...]:
    return supervisory_figures(
        SupervisoryInput(
            own_funds=frames["own_funds"],
            cells=frames["cells"],
            floor=frames["floor"],
            adequacy=frames["adequacy"],
            leverage=frames["leverage"],
            loans=frames["loans"],
            metrics=frames["standardised"],
            exposures=frames["book"],
            parts=frames["parts"],
            protection=frames["protection"],
            results=frames["results"],
        ),
        context.currency,
        rules_as_of=context.rules_as_of,
    )


SUPERVISORY = (
    Report(
        "supervisory_cells",
        "The cells of COREP's templates C 01.00, C 02.00, C 03.00, C 07.00, C 08.01 and C 47.00,"
        " with the source of each figure, and the reason of each empty cell.",
        _supervisory,
        windowed={
            "own_funds": OWN_FUNDS,
            "cells": CELLS,
            "floor": Columns("gold.output_floor"),
            "adequacy": Columns("gold.capital_adequacy"),
            "leverage": Columns("gold.leverage"),
            "standardised": STANDARDISED,
            "parts": Columns("gold.standardised_parts"),
        },
        queries={
            "loans": _LOANS,
            "book": _BOOK,
            "protection": _PROTECTION,
            "results": _RESULTS,
        },
        extra_outputs={
            "supervisory_rules": "Results of the validation rules that the EBA publishes for"
            " these templates: passed, failed, vacuous or not evaluated."
        },
    ),
)
"""The supervisory templates, after the capital reports that fill them."""
