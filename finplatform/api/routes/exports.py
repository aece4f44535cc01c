"""`/api/v1/exports`: a table or view as a file, made while it is sent.

Belongs here: the resource. Which tables and columns a caller may read is checked by the database.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse

from finplatform.api.login.identity import Caller
from finplatform.api.problems import described
from finplatform.api.queries.exports import Wanted, exported
from finplatform.api.routes.values import QueryDay
from finplatform.api.state import FromApp
from finplatform.reporting.formats import Format

router = APIRouter(prefix="/api/v1/exports", tags=["exports"])

_TABLE = r"^(silver|gold|bi|masked|bronze|quarantine|ops)\.[a-z][a-z0-9_]{0,62}$"
_COLUMN = r"^[a-z_][a-z0-9_]{0,62}$"
_COLUMNS = r"^[a-z_][a-z0-9_]{0,62}(,[a-z_][a-z0-9_]{0,62}){0,99}$"

MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {
            kind.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
            for kind in MEDIA_TYPES.values()
        },
    }
}
"""Description of an answer that is a file in one of the formats."""


@router.get(
    "/{table}", response_class=StreamingResponse, responses={**FILES, **described(400, 404)}
)
async def export_table(
    shared: FromApp,
    caller: Caller,
    table: Annotated[str, Path(pattern=_TABLE, description="Schema and name.")],
    kind: Annotated[Format, Query(alias="format")] = Format.CSV,
    columns: Annotated[
        str | None, Query(pattern=_COLUMNS, description="Names with commas; default: all.")
    ] = None,
    date_column: Annotated[
        str | None,
        Query(
            pattern=_COLUMN,
            description="Column that `from` and `to` are of; default: the first of dates.",
        ),
    ] = None,
    first: Annotated[QueryDay, Query(alias="from", description="First day.")] = None,
    last: Annotated[QueryDay, Query(alias="to", description="Last day.")] = None,
) -> StreamingResponse:
    """Rows of a table or view as CSV, Parquet or a spreadsheet."""
    begin, end = first or last, last or first
    days = (begin, end) if begin is not None and end is not None else None
    warehouse = await shared.pool.warehouse_of(caller)
    wanted = Wanted(table, kind, columns.split(",") if columns else None, date_column, days)
    return StreamingResponse(
        await exported(warehouse, wanted),
        media_type=MEDIA_TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="{table}.{kind}"'},
    )
