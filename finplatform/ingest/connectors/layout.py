"""Files that are not plain tables: wide ones, and ones that say something by their name.

Belongs here: from a file's rows as they stand to rows as a plain table would have them. Does not
belong here: parsing (see `files`), and what columns mean (see `finplatform.ingest`).
"""

from collections.abc import Sequence
from pathlib import Path, PurePath

import polars as pl

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.config import FileLayout
from finplatform.ingest.connectors.naming import shown_columns


def layout_of(path: Path, root: Path, layouts: Sequence[FileLayout]) -> FileLayout | None:
    """The first layout whose glob fits a file."""
    relative = PurePath(path.relative_to(root).as_posix())
    return next((layout for layout in layouts if relative.match(layout.files)), None)


def laid_out(frame: pl.DataFrame, path: Path, layout: FileLayout | None) -> pl.DataFrame:
    """A file's rows in plain form.

    Args:
        frame: Rows as they stand.
        path: The file.
        layout: What it has beside the ordinary form, if anything.

    Raises:
        FinplatformError: If the file lacks a column that the layout names, or has one too many.
    """
    if layout is None:
        return frame
    if layout.unpivot is not None:
        index, name, value = layout.unpivot.index, layout.unpivot.name, layout.unpivot.value
        missing = [column for column in index if column not in frame.columns]
        if missing:
            raise FinplatformError(
                f"The file has no column {', '.join(missing)}."
                f" {shown_columns(frame.columns, index)}.",
                "Correct `unpivot` in the layouts of the source configuration.",
            )
        wide = [column for column in frame.columns if column not in index]
        long = frame.unpivot(wide, index=index, variable_name=name, value_name=value)
        frame = long.filter(pl.col(value).is_not_null())
    if layout.file_column is not None:
        if layout.file_column in frame.columns:
            raise FinplatformError(
                f"The file has a column {layout.file_column} of its own.",
                "Choose another `file_column` in the layouts of the source configuration.",
            )
        stem = path.name.partition(".")[0]
        frame = frame.with_columns(pl.lit(stem).alias(layout.file_column))
    return frame
