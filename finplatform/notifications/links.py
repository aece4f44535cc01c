"""Links to the pages of the UI and the API that show what an incident is about.

Belongs here: their paths. Where UI and API listen is in the settings.
"""

from collections.abc import Sequence
from urllib.parse import quote

from finplatform.settings import Settings


def run_page(settings: Settings, run_id: str) -> str:
    """Page of a run."""
    return f"{settings.ui_url}/runs/{quote(run_id)}"


def asset_page(settings: Settings, path: Sequence[str], check: str | None = None) -> str:
    """Page of an asset, or of one of its checks."""
    page = f"{settings.ui_url}/assets/{'/'.join(quote(part) for part in path)}"
    return page if check is None else f"{page}?view=checks&checkDetail={quote(check)}"


def live_page(settings: Settings) -> str:
    """The page that shows what happens now."""
    return f"{settings.api_url}/live"


def report_page(settings: Settings, page: str) -> str:
    """One report page."""
    return f"{settings.api_url}/reports/{quote(page)}.html"


def start_page(settings: Settings) -> str:
    """First page of the UI."""
    return f"{settings.ui_url}/"
