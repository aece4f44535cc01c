"""Pages for people: what there is, the live page, and the reports.

Belongs here: HTML that the API itself serves. Report pages are files of the graph (`HOME/reports`);
they are served as they are, from that folder alone.
"""

from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import FileResponse, HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from finplatform.api import listening
from finplatform.api.state import FromApp

router = APIRouter(include_in_schema=False)

_TEMPLATES = Environment(
    loader=PackageLoader("finplatform.api"),
    autoescape=select_autoescape(("html.j2",)),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _page(template: str, **values: Any) -> HTMLResponse:
    return HTMLResponse(_TEMPLATES.get_template(template).render(values))


@router.get("/")
def index(shared: FromApp) -> Response:
    """Lists where things are."""
    return _page("index.html.j2", bank=shared.bank, ui_url=listening.url(shared.settings, shared.settings.ui_port))


@router.get("/live")
def live(shared: FromApp) -> Response:
    """The live page; its script listens to `/api/live/events`."""
    return _page("live.html.j2", bank=shared.bank)


@router.get("/docs")
def docs(request: Request) -> Response:
    """The API's description, by Swagger UI from this server."""
    return get_swagger_ui_html(
        openapi_url=str(request.app.openapi_url),
        title="finplatform API",
        swagger_js_url="/static/vendor/swagger-ui/swagger-ui-bundle.js",
        swagger_css_url="/static/vendor/swagger-ui/swagger-ui.css",
        swagger_favicon_url="/static/icon.svg",
    )


@router.get("/reports/")
def reports(shared: FromApp) -> Response:
    """The start page of the reports; while there is none, the pages that there are."""
    folder = shared.settings.reports
    start = folder / "index.html"
    if start.is_file():
        return FileResponse(start)
    return _page("reports.html.j2", bank=shared.bank, pages=_html_files(folder))


def _html_files(folder: Path) -> list[tuple[str, str]]:
    """File name and title of each page in a folder."""
    return [
        (path.name, path.stem.replace("_", " ").capitalize())
        for path in sorted(folder.glob("*.html"))
        if path.is_file()
    ]
