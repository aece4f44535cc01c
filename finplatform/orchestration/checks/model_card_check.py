"""Check of the model card: the model in use, its headline figures, and its latest month.

Belongs here: the fact of the model or column of gold of each figure. Does not belong here: writing
the card (see `finplatform.reporting.model_card`).
"""

from collections.abc import Mapping

from adbc_driver_postgresql import dbapi

from finplatform.ml import store
from finplatform.ml.prior import PriorModel
from finplatform.orchestration.checks.html_page import Page
from finplatform.orchestration.checks.shown_figures import check_figures, check_page, page_at
from finplatform.orchestration.checks.validation_result import ValidationResult
from finplatform.settings import Settings
from finplatform.warehouse import bulk

_MODEL = "pd_model"
_SECTIONS = (
    "What it is",
    "Data",
    "Definition of default and windows",
    "Candidates",
    "Performance",
    "Features",
    "Calibration by grade",
    "By month",
    "Stability",
    "Fairness",
    "Overrides",
    "Limits",
)
_WITH_TABLES = ("What it is", "Data", "Candidates", "Performance", "Features")
_QUOTED = {"AUC": "auc", "Gini": "gini", "KS": "ks", "Brier": "brier"}
_CANDIDATES = """
    select family, held_out_log_loss as "held-out log loss", out_of_time_auc as "AUC out of time",
        unseen_auc as "AUC, borrowers not seen"
    from gold.pd_candidates
"""
_GRADES = """
    select grade, grade_pd as "PD", long_run_default_rate as "long-run default rate"
    from gold.rating_scale
"""
_LAST_MONTH = """
    select reporting_date::text as month, scored::double precision as "scored",
        mean_pd as "mean PD", auc as "AUC", ks as "KS"
    from gold.model_monitoring
    order by reporting_date desc
    limit 1
"""
_TABLES = {
    "Candidates": _CANDIDATES,
    "Calibration by grade": _GRADES,
    "By month": _LAST_MONTH,
}
"""Query by section: the first column is the row's label, the others are headings."""


def check_model_card(
    settings: Settings, connection: dbapi.Connection, result: ValidationResult
) -> str:
    """Adds the failures of the card; returns the version that it must show.

    Args:
        settings: Location of reports and models.
        connection: Connection to the warehouse.
        result: Receives the failures.
    """
    root = settings.models / _MODEL
    version = store.latest_version(root)
    shown_version = version or PriorModel().model_version
    title = f"Model card {shown_version}"
    page = page_at(settings.reports / "model_card.html", result)
    _check_text(settings, title, result)
    if page is None:
        return shown_version
    if version is None:
        check_page(page, result, title=title, sections=_SECTIONS[:1])
    else:
        check_page(page, result, title=title, sections=_SECTIONS, tables=_WITH_TABLES, charts=1)
        facts = store.load(root, version).headline_metrics()
        stored = {f"quoted, {name}": facts[fact] for name, fact in _QUOTED.items()}
        shown = _quoted(page)
        for section, query in _TABLES.items():
            stored |= _stored(connection, query)
            shown |= _shown(page, section)
        check_figures(shown, stored, result)
    return shown_version


def _check_text(settings: Settings, title: str, result: ValidationResult) -> None:
    """Adds the failures of the card as Markdown."""
    path = settings.reports / "model_card.md"
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    if not text.startswith(f"# {title}\n"):
        result.add("model_card.md", f"begins with {title}", 1)


def _stored(connection: dbapi.Connection, query: str) -> dict[str, float | None]:
    frame = bulk.read_frame(connection, query)
    return {
        f"{name}, {figure}": value
        for name, *values in frame.iter_rows()
        for figure, value in zip(frame.columns[1:], values, strict=True)
    }


def _shown(page: Page, section: str) -> dict[str, str]:
    """Cells of a section's table, by the row's label and the heading of the column."""
    header, *rows = page.rows(section) or [[]]
    return {
        f"{row[0]}, {figure}": text
        for row in rows
        for figure, text in zip(header[1:], row[1:], strict=False)
    }


def _quoted(page: Page) -> dict[str, str]:
    """Figures of the quoted sample."""
    header, *rows = page.rows("Performance") or [[]]
    found: Mapping[str, str] = next(
        (
            dict(zip(header, row, strict=False))
            for row in rows
            if row and row[0].endswith("(to be quoted)")
        ),
        {},
    )
    return {f"quoted, {name}": text for name, text in found.items()}
