"""What the start page must show: every report that has been written, by its title.

Belongs here: judging the page that was written. Does not belong here: making it (see
`finplatform.reporting.report_files`).
"""

from adbc_driver_postgresql import dbapi

from finplatform.orchestration.checks.shown_figures import judge_page, page_at
from finplatform.orchestration.checks.verdict import Verdict
from finplatform.reporting.catalog.pages import PAGES
from finplatform.settings import Settings

_TITLE = "Reports"


def judge_start_page(settings: Settings, _connection: dbapi.Connection, verdict: Verdict) -> str:
    """Adds what the start page lacks; returns how many reports it must link.

    Args:
        settings: Say where reports are.
        verdict: What is added to.
    """
    page = page_at(settings.reports / "index.html", verdict)
    written = [each for each in PAGES if (settings.reports / f"{each.name}.html").exists()]
    if page is not None:
        judge_page(page, verdict, title=_TITLE, sections=[each.section for each in written])
        for each in written:
            if each.title not in page.texts("h3"):
                verdict.add(each.name, "is linked by its title", 1)
        verdict.rows += len(written)
    return f"{len(written)} reports"
