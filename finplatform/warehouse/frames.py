"""Tables as pandas frames, for notebooks.

Belongs here: reading one table or view whole, exactly, as the read-only login. Does not
belong here: large tables in batches (`bulk`), or exports (`row_stream`).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from finplatform.errors import FinplatformError
from finplatform.settings import Settings, get_settings
from finplatform.warehouse.reader_role import open_reader
from finplatform.warehouse.row_stream import NUMERIC, Parameters, bound, open_rows, table_query

Decimals = Literal["exact", "float"]

_HOME = str(Settings.model_fields["home"].default)


def read(
    relation: str,
    *,
    columns: Sequence[str] | None = None,
    where: str | None = None,
    params: Parameters | None = None,
    decimals: Decimals = "exact",
) -> pd.DataFrame:
    """Rows of a table or view; see `finplatform.frames`."""
    reader = open_reader(_nearest_settings())
    condition = where if where is None or params is None else bound(reader, where, params)
    query = table_query(reader, relation, columns, [condition] if condition else [])
    with open_rows(reader, query) as rows:
        table = rows.read_all()
    return _plain(table, decimals).to_pandas(types_mapper=pd.ArrowDtype)


def _plain(table: pa.Table, decimals: Decimals) -> pa.Table:
    """The table in types that pandas supports."""
    for position, field in enumerate(table.schema):
        column = table.column(position)
        if field.type == NUMERIC:
            column = _as_decimal(column)
        if decimals == "float" and pa.types.is_decimal(column.type):
            column = pc.cast(column, pa.float64())
        if column.type != field.type:
            table = table.set_column(position, field.name, column)
    return table


def _as_decimal(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Numerics without a scale as decimals of sufficient digits; as text if there are too many."""
    digits = pa.chunked_array([chunk.storage for chunk in column.chunks], type=pa.string())
    scale = pc.max(pc.utf8_length(pc.replace_substring_regex(digits, r"^[^.]*\.?", ""))).as_py()
    try:
        return pc.cast(digits, pa.decimal128(38, scale or 0))
    except (pa.ArrowInvalid, ValueError):
        return digits


def _nearest_settings() -> Settings:
    """Settings of this process, or of the nearest folder above that has a home.

    A notebook runs in its own folder, and the home is that of the checkout around it.

    Raises:
        FinplatformError: If there is no home to read from.
    """
    given = get_settings()
    if given.database_url is not None or given.home.is_dir():
        return given
    is_default = given.home == Path.cwd() / _HOME
    for folder in Path.cwd().parents if is_default else ():
        if (folder / _HOME).is_dir():
            return Settings(_env_file=folder / ".env", home=folder / _HOME)
    raise FinplatformError(
        f"There is no bank at {given.home}.",
        "Build one (`finplatform demo`), or set FINPLATFORM_HOME to where it is.",
    )
