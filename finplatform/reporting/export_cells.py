"""How columns become cells of a spreadsheet, without a value being bent.

A cell holds a number of at most fifteen digits, a truth value or text. What does not fit a number
exactly is text, and whatever is text is never computed. Belongs here: the cell of each type, its
format and its width. Does not belong here: sheets and files (see `export_xlsx`).
"""

from dataclasses import dataclass, field

import polars as pl
import pyarrow as pa

from finplatform.reporting.export_values import is_numeric_text, text_of

Cell = str | float | int | bool | None

LONGEST_TEXT = 32_767
"""Characters of UTF-16 that a cell holds."""

_MOST_DIGITS = 15
_NO_CHARACTERS = "[\ufffe\uffff]"
"""Code points that are no characters, and that no XML file may hold."""

_WIDEST, _NARROWEST = 60, 8
_EPOCH_SERIAL = 25_569
"""Serial number of 1 January 1970 in a spreadsheet."""
_FIRST_SERIAL, _LAST_SERIAL = 61, 2_958_465
"""1 March 1900, before which spreadsheets count a day that never was, and the end of 9999."""
_DAY_US = 86_400_000_000


@dataclass
class CellColumn:
    """A column on its way into cells.

    Attributes:
        header: Its name, and the zone of instants.
        number_format: Format of its numbers; empty for the spreadsheet's own.
        width: In characters.
        texts: Values so far that are text though the column holds numbers or times.
        cut: Texts so far that were too long for a cell.
    """

    name: str
    kind: pa.DataType
    header: str = field(init=False)
    number_format: str = field(init=False)
    width: int = field(init=False)
    texts: int = 0
    cut: int = 0

    def __post_init__(self) -> None:
        is_instant = pa.types.is_timestamp(self.kind) and self.kind.tz is not None
        self.header = f"{self.name} (UTC)" if is_instant else self.name
        self.number_format = _number_format(self.kind)
        # The filter button takes room next to the name.
        self.width = max(_NARROWEST, len(self.header) + 4, _usual_width(self.kind))

    @property
    def is_time(self) -> bool:
        """Whether the column holds days or instants."""
        return pa.types.is_date(self.kind) or pa.types.is_timestamp(self.kind)

    def cells(self, frame: pl.DataFrame) -> list[Cell]:
        """Cells of the column's values in a frame."""
        dtype = frame.schema[self.name]
        number = _number(self.name, self.kind, dtype)
        if number is None:
            written = text_of(self.name, dtype).str.replace_all(_NO_CHARACTERS, "\ufffd")
            return self._uncut(frame.select(written).to_series())
        both = frame.select(
            number.alias("number"),
            pl.when(number.is_null()).then(text_of(self.name, dtype)).alias("text"),
        )
        if both["text"].null_count() == both.height:
            return both["number"].to_list()
        self.texts += both.height - both["text"].null_count()
        return [
            text if number is None else number
            for number, text in zip(both["number"].to_list(), both["text"].to_list(), strict=True)
        ]

    def fit(self, cells: list[Cell]) -> None:
        """Widens the column to some of its cells."""
        if self.number_format in ("", "0"):
            longest = max((len(str(cell)) for cell in cells if cell is not None), default=0)
            self.width = max(self.width, longest + 2)
        self.width = min(self.width, _WIDEST)

    def _uncut(self, texts: pl.Series) -> list[Cell]:
        values: list[Cell] = texts.to_list()
        if (texts.str.len_bytes().max() or 0) <= LONGEST_TEXT:  # type: ignore[operator]
            return values
        shortened = [_shortened(value) for value in values]
        self.cut += sum(
            value is not None and value != short
            for value, short in zip(values, shortened, strict=True)
        )
        return shortened


def _number_format(kind: pa.DataType) -> str:
    if pa.types.is_integer(kind):
        return "0"
    if pa.types.is_decimal(kind):
        return f"#,##0.{'0' * kind.scale}".rstrip(".")
    if pa.types.is_date(kind):
        return "yyyy-mm-dd"
    if pa.types.is_timestamp(kind):
        return "yyyy-mm-dd hh:mm:ss"
    return ""


def _usual_width(kind: pa.DataType) -> int:
    if pa.types.is_decimal(kind):
        return 16
    if pa.types.is_date(kind):
        return 12
    return 21 if pa.types.is_timestamp(kind) else 0


def _number(name: str, kind: pa.DataType, dtype: pl.DataType) -> pl.Expr | None:
    """The values that a cell holds exactly as a number; None for a column of text."""
    column = pl.col(name)
    if is_numeric_text(kind):
        return _short_decimal(column)
    if pa.types.is_decimal(kind):
        return _short_decimal(column.cast(pl.String))
    if pa.types.is_integer(kind):
        wide = column.cast(pl.Int64) if dtype != pl.UInt64 else column
        limit = 10**_MOST_DIGITS
        return pl.when(wide.is_between(-limit, limit, closed="none")).then(wide)
    if pa.types.is_floating(kind):
        return pl.when(column.is_finite()).then(column.cast(pl.Float64))
    if pa.types.is_boolean(kind):
        return column
    if pa.types.is_date(kind):
        return _within(column.cast(pl.Date).to_physical() + _EPOCH_SERIAL)
    if pa.types.is_timestamp(kind):
        moved = column.dt.epoch("us") + _EPOCH_SERIAL * _DAY_US
        return _within(moved / _DAY_US)
    return None


def _short_decimal(text: pl.Expr) -> pl.Expr:
    """Numbers of few enough digits, whatever their zeros at either end; others are null."""
    digits = text.str.replace(".", "", literal=True).str.strip_chars_start("-0")
    counted = digits.str.strip_chars_end("0").str.len_chars()
    return pl.when(counted <= _MOST_DIGITS).then(text.cast(pl.Float64, strict=False))


def _within(serial: pl.Expr) -> pl.Expr:
    """Serial numbers of days that a spreadsheet has; others are null."""
    return pl.when((serial >= _FIRST_SERIAL) & (serial < _LAST_SERIAL + 1)).then(serial)


def _shortened(value: Cell) -> Cell:
    """Text without characters that a cell cannot hold; an ellipsis marks a cut."""
    if not isinstance(value, str):
        return value
    units = value.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * LONGEST_TEXT:
        return value
    return units[: 2 * (LONGEST_TEXT - 1)].decode("utf-16-le", "ignore") + "\u2026"
