"""Check of the start page: links to all existing reports.

Does not belong here: writing the page (see `finplatform.reporting.report_files`).
"""

from adbc_driver_postgresql import dbapi

from finplatform.orchestration.checks.shown_figures import check_page, page_at
from finplatform.orchestration.checks.validation_result import ValidationResult
from finplatform.reporting.catalog.pages import PAGES
from finplatform.settings import Settings

_TITLE = "Reports"


def check_start_page(
    settings: Settings, _connection: dbapi.Connection, result: ValidationResult
) -> str:
    """Adds missing links of the start page; returns the number of required links.

    Args:
        settings: Location of reports.
        result: Receives the failures.
    """
    page = page_at(settings.reports / "index.html", result)
    written = [each for each in PAGES if (settings.reports / f"{each.name}.html").exists()]
    if page is not None:
        check_page(page, result, title=_TITLE, sections=[each.section for each in written])
        for each in written:
            if each.title not in page.texts("h3"):
                result.add(each.name, "is linked by its title", 1)
        result.rows += len(written)
    return f"{len(written)} reports"
