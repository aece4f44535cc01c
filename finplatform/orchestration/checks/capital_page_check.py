"""What the capital adequacy page must show: the ratios and amounts of the latest date.

Belongs here: which figure of the page is which column of gold. Does not belong here: making the
page (see `finplatform.reporting.capital_page`).
"""

import re
from collections.abc import Mapping

from adbc_driver_postgresql import dbapi

from finplatform.orchestration.checks.html_page import Page
from finplatform.orchestration.checks.shown_figures import judge_figures, judge_page, page_at
from finplatform.orchestration.checks.verdict import Verdict
from finplatform.settings import Settings
from finplatform.warehouse import bulk

_TITLE = "Capital adequacy"
_BUILT_UP = "From exposure to risk-weighted assets"
_BY_CLASS = "By exposure class"
_BUFFERS = "Buffers above the minimums"
_SECTIONS = ("Ratios over time", _BUILT_UP, _BUFFERS, _BY_CLASS, "Rules in force")
_CHARTS = 2

_COLUMN_OF_FIGURE = {
    "CET1 ratio": "cet1_ratio",
    "CET1 capital": "cet1_capital",
    "Tier 1 ratio": "tier1_ratio",
    "Tier 1 capital": "tier1_capital",
    "Total capital ratio": "total_ratio",
    "Total capital capital": "total_capital",
    "Risk-weighted assets": "risk_weighted_assets",
    "Credit RWA": "credit_risk_weighted_assets",
    "Market RWA": "market_risk_weighted_assets",
    "Operational RWA": "operational_risk_weighted_assets",
    "Credit RWA of loans, IRB": "irb_risk_weighted_assets",
    "Credit RWA of loans, standardised": "sa_risk_weighted_assets",
    "Exposure at default": "exposure_amount",
    "Expected loss": "expected_loss",
    "In default": "defaulted_amount",
}
_LATEST = f"""
    select reporting_date, currency,
        {", ".join(f"{column}::double precision" for column in _COLUMN_OF_FIGURE.values())}
    from gold.capital_adequacy
    order by reporting_date desc
    limit 1
"""
_CLASSES = """
    select replace(exposure_class, '_', ' ') as exposure_class,
        count(*)::double precision as "exposures",
        sum(exposure_amount)::double precision as "exposure at default",
        sum(sa_risk_weighted_assets)::double precision as "RWA standardised",
        sum(irb_risk_weighted_assets)::double precision as "RWA IRB",
        sum(expected_loss)::double precision as "expected loss"
    from gold.fact_risk_metrics
    where reporting_date = '{date}'
    group by exposure_class
"""
_RATIO = re.compile(r"^(.+) ratio, minimum")
_CAPITAL = re.compile(r"^capital (.+), above the minimum")


def judge_capital_page(settings: Settings, connection: dbapi.Connection, verdict: Verdict) -> str:
    """Adds what is wrong with the page; returns the date that it must be as of.

    Args:
        settings: Say where reports are.
        connection: Connection to the warehouse.
        verdict: What is added to.
    """
    latest = next(bulk.read_frame(connection, _LATEST).iter_rows(named=True), None)
    page = page_at(settings.reports / "capital_adequacy.html", verdict)
    if page is None:
        return "none"
    if latest is None:
        judge_page(page, verdict, title=_TITLE)
        return "none"
    tables = (_BUILT_UP, _BUFFERS)
    judge_page(page, verdict, title=_TITLE, sections=_SECTIONS, tables=tables, charts=_CHARTS)
    as_of = f"{latest['reporting_date']} · amounts in {latest['currency']}"
    if not any(text.endswith(as_of) for text in page.texts("p")):
        verdict.add("page", f"is as of {as_of}", 1)
    stored = {name: latest[column] for name, column in _COLUMN_OF_FIGURE.items()}
    shown = {**_ratios(page), **{row[0]: row[1] for row in page.rows(_BUILT_UP)}}
    classes = bulk.read_frame(connection, _CLASSES.format(date=latest["reporting_date"]))
    for row in classes.iter_rows(named=True):
        name = row.pop("exposure_class")
        stored |= {f"{name}, {figure}": value for figure, value in row.items()}
    shown_of_classes = _classes(page)
    for name in shown_of_classes.keys() - set(classes["exposure_class"]):
        verdict.add(name, "is a class of gold.fact_risk_metrics", 1)
    for name, figures in shown_of_classes.items():
        shown |= {f"{name}, {figure}": text for figure, text in figures.items()}
    judge_figures(shown, stored, verdict)
    return str(latest["reporting_date"])


def _ratios(page: Page) -> dict[str, str]:
    """Ratio and capital of each card, by figure."""
    found, name = {}, ""
    for tag, text in page.elements:
        if tag == "span" and (ratio := _RATIO.match(text)):
            name = ratio.group(1)
        elif tag == "b" and name:
            found[f"{name} ratio"] = text
        elif tag == "span" and name and (capital := _CAPITAL.match(text)):
            found[f"{name} capital"] = capital.group(1)
    return found


def _classes(page: Page) -> Mapping[str, Mapping[str, str]]:
    """Cells of the table of classes, by class and heading of the column."""
    header, *rows = page.rows(_BY_CLASS) or [[]]
    return {row[0]: dict(zip(header[1:], row[1:], strict=False)) for row in rows if row}
