"""Pages for people: what there is, the live page, the reports, and the description of the API.

Belongs here: HTML that the API itself serves. Report pages are files of the graph (`HOME/reports`);
they are served as they are, from that folder alone.
"""

import posixpath
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

from finplatform.api import listening
from finplatform.api.state import FromApp
from finplatform.api.templating import page

router = APIRouter(include_in_schema=False)

_OPENAPI = "/api/openapi.json"


@router.get("/")
def index(shared: FromApp) -> Response:
    """Lists where things are."""
    return page(
        "index.html.j2",
        bank=shared.bank,
        ui_url=listening.url(shared.settings, shared.settings.ui_port),
    )


@router.get("/live")
def live(shared: FromApp) -> Response:
    """The live page; its script listens to `/api/live/events`."""
    return page("live.html.j2", bank=shared.bank)


@router.get(_OPENAPI)
def openapi(request: Request) -> dict[str, Any]:
    """The API's description."""
    described: dict[str, Any] = request.app.openapi()
    return described


@router.get("/docs")
def docs() -> Response:
    """The API's description, by Swagger UI from this server."""
    return get_swagger_ui_html(
        openapi_url=_OPENAPI,
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
    return page("reports.html.j2", bank=shared.bank, pages=_html_files(folder))


@router.get("/reports/{path:path}")
async def report(shared: FromApp, request: Request, path: str) -> Response:
    """A file of the reports; paths that leave the folder, by dots or by links, are not found."""
    files = StaticFiles(directory=shared.settings.reports, html=True, check_dir=False)
    return await files.get_response(posixpath.normpath(path), request.scope)


def _html_files(folder: Path) -> list[tuple[str, str]]:
    """File name and title of each page in a folder."""
    return [
        (path.name, path.stem.replace("_", " ").capitalize())
        for path in sorted(folder.glob("*.html"))
        if path.is_file()
    ]
