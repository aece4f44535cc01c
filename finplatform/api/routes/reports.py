"""`/api/v1/reports`: report pages, and the rows behind their charts as files.

Belongs here: the resource. Pages are files that the graph has written; the rows of a chart are read
anew, with the rights of the caller.
"""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel
from starlette.staticfiles import StaticFiles

from finplatform.api.login.identity import Caller
from finplatform.api.problems import described
from finplatform.api.queries import reports as queries
from finplatform.api.routes.exports import FILES, MEDIA_TYPES
from finplatform.api.routes.values import QueryDay
from finplatform.api.state import FromApp
from finplatform.api.tagged import TaggedRoute
from finplatform.errors import NothingFoundError
from finplatform.reporting.formats import Format

router = APIRouter(prefix="/api/v1/reports", tags=["reports"], route_class=TaggedRoute)

_NAME = r"^[a-z][a-z0-9_]{0,62}$"
_ANCHOR = r"^[a-z0-9][a-z0-9-]{0,120}$"

_HTML: dict[int | str, dict[str, Any]] = {
    200: {"description": "The page.", "content": {"text/html": {"schema": {"type": "string"}}}},
    304: {"description": "The client has it."},
}


class ReportPage(BaseModel):
    """A report page; `charts` has the title of each chart, by its name in paths."""

    name: str
    title: str
    question: str
    section: str
    charts: dict[str, str]
    written_at: datetime | None


@router.get("")
async def list_reports(shared: FromApp, _: Caller) -> list[ReportPage]:
    """Pages, and when each was written."""
    return [ReportPage(**vars(page)) for page in await queries.pages(shared.settings.reports)]


@router.get("/{name}", response_class=Response, responses={**_HTML, **described(404)})
async def get_report(
    shared: FromApp, _: Caller, request: Request, name: Annotated[str, Path(pattern=_NAME)]
) -> Response:
    """A page as HTML."""
    folder = shared.settings.reports
    if not (folder / f"{name}.html").is_file():
        raise NothingFoundError("There is no such page, or it has not been written yet.")
    files = StaticFiles(directory=folder)
    return await files.get_response(f"{name}.html", request.scope)


@router.get(
    "/{name}/charts/{chart}", response_class=Response, responses={**FILES, **described(404)}
)
async def get_chart(
    shared: FromApp,
    caller: Caller,
    name: Annotated[str, Path(pattern=_NAME)],
    chart: Annotated[str, Path(pattern=_ANCHOR)],
    kind: Annotated[Format, Query(alias="format")] = Format.CSV,
    on: QueryDay = None,
) -> Response:
    """Rows behind a chart, as of a date, by default of all that is held."""
    warehouse = await shared.pool.warehouse_of(caller)
    content = await queries.chart_file(shared.settings, warehouse, name, chart, kind, on)
    return Response(
        content,
        media_type=MEDIA_TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}-{chart}.{kind}"'},
    )
