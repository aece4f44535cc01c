"""XLSX in constant memory, in which text is always text.

No cell is a formula or a link, whatever it begins with. A row goes to disk when it is written; rows
beyond what a sheet holds go on in the next. The last sheet, `Notes`, names the source of the rows
and the changed values. Belongs here: sheets, their headings and the notes. Does not
belong here: the conversion of values (see `export_cells`).
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import pyarrow as pa
import xlsxwriter
from xlsxwriter.exceptions import XlsxFileError
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_range
from xlsxwriter.worksheet import Worksheet

from finplatform.errors import FinplatformError
from finplatform.reporting.export_cells import LONGEST_TEXT, Cell, CellColumn
from finplatform.reporting.export_values import About, frame_of

SHEET_ROWS = 1_048_576
"""Rows of a sheet, its heading among them."""

_SHEET_COLUMNS = 16_384
_SHEET_NAME = 31
_PROPERTY_TEXT = 255
_NOTES = "Notes"
_ROWS_AT_A_TIME = 2_000
"""Rows of which the cells are held: an object of Python for each takes many times its bytes."""
_FITTED_ROWS = 200
"""Rows by which columns get their width."""


class XlsxFile:
    """A spreadsheet.

    Attributes:
        remarks: What is not as it was.
    """

    def __init__(
        self, schema: pa.Schema, path: Path, about: About, sheet_rows: int = SHEET_ROWS
    ) -> None:
        """Begins the first sheet.

        Args:
            schema: Schema of the rows.
            path: The file; the temporary file is in the same folder.
            about: Metadata for its properties and notes.
            sheet_rows: Most rows of one sheet.

        Raises:
            FinplatformError: If there are more columns than a sheet holds.
        """
        if len(schema) > _SHEET_COLUMNS:
            raise FinplatformError(
                f"A sheet holds {_SHEET_COLUMNS:,} columns; these are {len(schema):,}.",
                "Choose columns, or another format.",
            )
        self.remarks: list[str] = []
        self._about = about
        self._sheet_rows = sheet_rows
        self._columns = [CellColumn(one.name, one.type) for one in schema]
        self._book = xlsxwriter.Workbook(
            str(path), {"constant_memory": True, "tmpdir": str(path.parent)}
        )
        self._book.use_zip64()
        self._book.set_properties(
            {
                "title": about.title,
                "subject": about.source[:_PROPERTY_TEXT],
                "author": "finplatform",
                "created": about.created_at,
            }
        )
        self._heading = self._book.add_format({"bold": True, "bottom": 1})
        self._formats = [self._format(column.number_format) for column in self._columns]
        self._names = _sheet_names(about.title)
        self._sheets: list[tuple[Worksheet, int]] = []
        self._is_fitted = False
        self._begin_sheet()

    def add(self, batch: pa.RecordBatch) -> None:
        """Writes the rows of a batch."""
        for frame in frame_of(batch).iter_slices(_ROWS_AT_A_TIME):
            cells = [column.cells(frame) for column in self._columns]
            if not self._is_fitted and frame.height:
                for column, values in zip(self._columns, cells, strict=True):
                    column.fit(values[:_FITTED_ROWS])
                self._is_fitted = True
            for row in zip(*cells, strict=True):
                self._write(row)

    def finish(self) -> None:
        """Completes the sheets, adds the notes and writes the file."""
        for sheet, last_row in self._sheets:
            self._complete(sheet, last_row)
        self.remarks = _remarks(self._columns)
        self._write_notes()
        try:
            self._book.close()
        except XlsxFileError as error:
            if isinstance(error.__context__, OSError):
                raise error.__context__ from None
            raise

    def close(self) -> None:
        """Closes what the rows of unfinished sheets are kept in."""
        for sheet in self._book.worksheets():
            # What is left in a buffer may find no room.
            with suppress(OSError):
                sheet.row_data_fh.close()

    def _format(self, number_format: str) -> Format | None:
        return self._book.add_format({"num_format": number_format}) if number_format else None

    def _begin_sheet(self) -> None:
        sheet = self._book.add_worksheet(next(self._names))
        sheet.freeze_panes(1, 0)
        for position, column in enumerate(self._columns):
            sheet.write_string(0, position, column.header[:LONGEST_TEXT], self._heading)
        self._sheets.append((sheet, 0))

    def _write(self, row: tuple[Cell, ...]) -> None:
        sheet, last_row = self._sheets[-1]
        if last_row + 1 >= self._sheet_rows:
            self._begin_sheet()
            sheet, last_row = self._sheets[-1]
        number = last_row + 1
        for position, value in enumerate(row):
            if value is None:
                continue
            if isinstance(value, str):
                sheet.write_string(number, position, value)
            elif value is True or value is False:
                sheet.write_boolean(number, position, value)
            else:
                sheet.write_number(number, position, value, self._formats[position])
        self._sheets[-1] = (sheet, number)

    def _complete(self, sheet: Worksheet, last_row: int) -> None:
        """Sets widths and the filter, which span the rows that were written."""
        for position, column in enumerate(self._columns):
            sheet.set_column(position, position, column.width)
        if self._columns:
            sheet.autofilter(0, 0, last_row, len(self._columns) - 1)
            # Keys are text on purpose; a mark in each cell would hide what is wrong.
            everywhere = xl_range(0, 0, last_row, len(self._columns) - 1)
            sheet.ignore_errors({"number_stored_as_text": everywhere})

    def _write_notes(self) -> None:
        sheet = self._book.add_worksheet(_NOTES)
        sheet.set_column(0, 0, 28)
        sheet.set_column(1, 1, 100)
        rows = sum(last_row for _, last_row in self._sheets)
        lines = [
            ("Title", self._about.title),
            ("Rows", f"{rows:,}"),
            ("Written at", f"{self._about.created_at:%Y-%m-%d %H:%M:%S} UTC"),
            ("Source", self._about.source),
            *(("Note", remark) for remark in [*_always(self._columns), *self.remarks]),
        ]
        if len(self._sheets) > 1:
            lines.append(("Note", f"The rows are on {len(self._sheets)} sheets, in their order."))
        for number, (label, text) in enumerate(lines):
            sheet.write_string(number, 0, label, self._heading)
            sheet.write_string(number, 1, text[:LONGEST_TEXT])


def _always(columns: list[CellColumn]) -> list[str]:
    """What holds of every file with such columns."""
    if any(column.header != column.name for column in columns):
        return ["Times under a heading that ends in (UTC) are in Coordinated Universal Time."]
    return []


def _remarks(columns: list[CellColumn]) -> list[str]:
    """What is not as it was in the rows, a sentence each."""
    long = [column.name for column in columns if column.texts and not column.is_time]
    early = [column.name for column in columns if column.texts and column.is_time]
    cut = [column.name for column in columns if column.cut]
    found = []
    if long:
        found.append(
            f"{sum(column.texts for column in columns if column.name in long):,} numbers are text,"
            " since a spreadsheet would round them to 15 digits or has none like them; its sums"
            f" leave them out. Columns: {', '.join(long)}."
        )
    if early:
        found.append(
            "Times before March 1900 or after 9999 are text, since a spreadsheet has none. Columns:"
            f" {', '.join(early)}."
        )
    if cut:
        found.append(
            f"{sum(column.cut for column in columns):,} texts are cut at {LONGEST_TEXT:,}"
            f" characters, the most that a cell holds. Columns: {', '.join(cut)}."
        )
    return found


def _sheet_names(title: str) -> Iterator[str]:
    """Names of the sheets of rows, as spreadsheets allow them."""
    plain = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", title).strip(" '") or "Rows"
    if plain.casefold() in (_NOTES.casefold(), "history"):
        plain = f"{plain} rows"
    yield plain[:_SHEET_NAME].rstrip("' ")
    for number in count(2):
        ending = f" {number}"
        yield plain[: _SHEET_NAME - len(ending)].rstrip("' ") + ending
