"""CSV by RFC 4180, with text that a spreadsheet does not take for a formula.

Fields are separated by commas and lines by CR LF; text stands in quotes, null is an empty field and
empty text a pair of quotes. Belongs here: that format alone.
"""

import codecs
from pathlib import Path
from typing import BinaryIO

import polars as pl
import pyarrow as pa

from finplatform.reporting.export_values import frame_of, is_numeric_text, text_of

_FORMULA = r"^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]"
"""How a cell begins that spreadsheets compute (OWASP, CSV Injection), in both widths of Asia."""

_NUMBER = r"^[+\-][0-9]+([.][0-9]+)?$"
"""Text that a spreadsheet takes for a number, which does no harm."""


class CsvFile:
    """A CSV file.

    Attributes:
        bytes: Bytes written so far.
        remarks: What was changed.
    """

    def __init__(
        self, schema: pa.Schema, target: Path | BinaryIO, *, bom: bool, is_raw: bool
    ) -> None:
        """Opens the file and writes its header.

        Args:
            schema: Schema of the rows.
            target: Path of the file, or a stream, which stays open.
            bom: Whether it begins with a byte order mark.
            is_raw: Whether text that looks like a formula stays as it is.
        """
        self.bytes = 0
        self.remarks: list[str] = []
        self._is_ours = isinstance(target, Path)
        self._file = target.open("wb") if isinstance(target, Path) else target
        self._texts = [] if is_raw else [one.name for one in schema if _is_text(one.type)]
        self._guarded = 0
        self._write(codecs.BOM_UTF8 if bom else b"")
        self._write(_heading(schema.names, is_raw=is_raw))

    def add(self, batch: pa.RecordBatch) -> None:
        """Writes the rows of a batch."""
        frame = frame_of(batch)
        if self._texts:
            found = frame.select(_is_formula(name).sum() for name in self._texts)
            self._guarded += int(found.sum_horizontal().sum())
            frame = frame.with_columns(_harmless(name) for name in self._texts)
        self._write(_lines(_with_text(frame)))

    def finish(self) -> None:
        """Counts what was changed."""
        if self._guarded:
            self.remarks.append(
                f"{self._guarded} texts begin as a formula does and got an apostrophe before them."
            )

    def close(self) -> None:
        """Closes the file, but not a stream that was given."""
        if self._is_ours:
            self._file.close()

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self.bytes += len(data)


def _heading(names: list[str], *, is_raw: bool) -> bytes:
    written = pl.DataFrame({"name": pl.Series(names, dtype=pl.String)})
    if not is_raw:
        written = written.select(_harmless("name"))
    return ",".join(_quoted(name) for name in written["name"]).encode() + b"\r\n"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _is_text(kind: pa.DataType) -> bool:
    """Whether values of a type are words, which may begin with anything."""
    return not is_numeric_text(kind) and (
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _is_formula(name: str) -> pl.Expr:
    text = pl.col(name)
    return text.str.contains(_FORMULA) & ~text.str.contains(_NUMBER)


def _harmless(name: str) -> pl.Expr:
    text = pl.col(name)
    return pl.when(_is_formula(name)).then(pl.lit("'") + text).otherwise(text).alias(name)


def _with_text(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the types of which Polars has no text that is exact and the same for all."""
    written = (pl.Datetime, pl.Time, pl.Binary)
    return frame.with_columns(
        text_of(name, dtype) for name, dtype in frame.schema.items() if isinstance(dtype, written)
    )


def _lines(frame: pl.DataFrame) -> bytes:
    text = frame.write_csv(
        include_header=False, line_terminator="\r\n", quote_style="non_numeric", null_value=""
    )
    return text.encode()
