"""A CSV file as clean UTF-8 lines: encoding, header line and body.

Bytes outside the declared encoding survive as private-use characters, so that the row can be shown
and rejected. A line with unbalanced quotes would swallow the lines after it: it is removed and
reported. Lines end with LF, CR LF or, where the first line does, CR. The first line of a file
without a header may be personal data, so no message quotes it. Does not belong here: splitting
lines into values (see `csv_rows`).
"""

import codecs
import csv
import io
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, BinaryIO

import numpy as np

from finplatform.errors import FinplatformError
from finplatform.ingest.connectors.base import Malformed
from finplatform.ingest.connectors.limits import DEFAULT, KIB, Limits, too_much
from finplatform.ingest.connectors.unpacked import check_is_text

_MARKS = {
    # UTF-32 first: its little-endian mark begins with that of UTF-16.
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    codecs.BOM_UTF8: "utf-8",
}

_WIDE = ("utf-16", "utf-32")

_NUL_SHARE = 0.25
"""Share of NUL bytes at the beginning from which text counts as UTF-16 or UTF-32."""


def encoding_of(beginning: bytes, declared: str) -> str:
    """Encoding of a text: that of its byte order mark, else the declared one.

    Args:
        beginning: Its first bytes.
        declared: Encoding by the configuration.

    Raises:
        LookupError: If there is no such encoding of text.
        FinplatformError: If the bytes are of another kind of file, or UTF-16 or UTF-32 without a
            byte order mark and undeclared.
    """
    b"a".decode(declared, "replace")
    name = codecs.lookup(declared).name
    marked = next((found for mark, found in _MARKS.items() if beginning.startswith(mark)), None)
    if name.startswith(_WIDE):
        return declared
    if marked is not None:
        return marked
    check_is_text(beginning)
    if beginning.count(0) > _NUL_SHARE * len(beginning):
        raise FinplatformError(
            f"Its text has NUL bytes, as {_wide_name(beginning)} has, without a byte order mark.",
            f"Give the source `encoding: {_wide_name(beginning)}`, or deliver the file in UTF-8.",
        )
    return declared


def split_first_line(text: bytes, *, is_whole: bool) -> tuple[bytes, bytes, bool] | None:
    """The first line, the rest, and whether it ends with CR alone.

    Args:
        text: Beginning of a file, in UTF-8.
        is_whole: Whether the text is the whole file.

    Returns:
        None if the line's end is not in the text.
    """
    feed, carriage = text.find(b"\n"), text.find(b"\r")
    if carriage < 0 or 0 <= feed < carriage:
        carriage = -1
    if carriage >= 0 and (carriage + 1 < len(text) or is_whole):
        is_alone = text[carriage + 1 : carriage + 2] != b"\n"
        return text[:carriage], text[carriage + (1 if is_alone else 2) :], is_alone
    if carriage < 0 <= feed:
        return text[:feed], text[feed + 1 :], False
    return (text, b"", False) if is_whole else None


def names_of(line: bytes, delimiter: str) -> list[str]:
    """Names of the columns in the first line.

    Raises:
        FinplatformError: If a column has no name or a repeated one.
    """
    try:
        text = line.decode("utf-8")
        names = [name.strip() for name in next(csv.reader([text], delimiter=delimiter), [])]
    except csv.Error:
        raise FinplatformError(
            "The first line is none of CSV.", "Look at `delimiter` and the quotes of the file."
        ) from None
    if not any(names):
        raise FinplatformError("The first line is empty.", "A CSV file begins with its columns.")
    if any("\0" in name for name in names):
        raise FinplatformError(
            "The first line has NUL bytes.", "Check that the file is text, and its `encoding`."
        )
    _check_each_named_once(names)
    return names


def _check_each_named_once(names: list[str]) -> None:
    if "" in names:
        raise FinplatformError(
            f"Column {names.index('') + 1} of the first line has no name.",
            "Give each column a name (a delimiter at the end of the line makes one more column); if"
            " the first line is no header, give one in `layouts`.",
        )
    name, count = Counter(names).most_common(1)[0]
    if count > 1:
        first = names.index(name)
        raise FinplatformError(
            f"Columns {first + 1} and {names.index(name, first + 1) + 1} of the first line have"
            " the same name.",
            "Name each column once; if the first line is no header, give one in `layouts`.",
        )


def _wide_name(beginning: bytes) -> str:
    """Encoding of text in mostly western letters, by its NUL bytes."""
    is_little = beginning[0] != 0
    is_four = beginning[1:4].count(0) == 3 or beginning[:3].count(0) == 3
    return f"utf-{32 if is_four else 16}-{'le' if is_little else 'be'}"


BAD_BYTE = 0x10F000
"""Code point that stands for byte 0 of an undecodable sequence; byte b is `BAD_BYTE + b`. It is in
the last private-use plane, which no text is known to use."""

BLOCK_BYTES = 8 * 1024 * 1024

LONGEST_VALUE = 200
"""Most lines that one quoted value may span; a longer one counts as an unbalanced quote."""

LONGEST_LINES = 4 * BLOCK_BYTES
"""Most bytes buffered before the end of a row."""

_LOOKED_AT = 1_000_000
"""Most quotes and line ends examined at once, which bounds the memory."""

_BEGINNING = 64
"""Bytes from which the encoding of a file is detected."""

_END_OF_FILE = b"\x1a"
"""End-of-file character that some old systems write after the last line."""

_QUOTE, _NEWLINE, _RETURN = b'"\n\r'


def _keep_bad_bytes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    kept = "".join(chr(BAD_BYTE + byte) for byte in error.object[error.start : error.end])
    return kept, error.end


codecs.register_error("finplatform_keep_bad_bytes", _keep_bad_bytes)


def decode(text: bytes, encoding: str = "utf-8") -> str:
    """Decodes bytes; those outside the encoding become stand-ins."""
    return text.decode(encoding, "finplatform_keep_bad_bytes")


class CsvBody(io.RawIOBase):
    """The lines after the header, as a readable stream of UTF-8.

    Args:
        source: The file's bytes.
        encoding: Text encoding.
        delimiter: Separator of columns.
        report: Called with each removed line.
        header: Column names of a file without a header.
        limits: See `Limits`.

    Attributes:
        header: Column names.

    Raises:
        LookupError: If there is no such encoding.
        FinplatformError: If the first line is no header, or no text.
    """

    def __init__(
        self,
        source: BinaryIO,
        *,
        encoding: str,
        delimiter: str,
        report: Callable[[Malformed], None],
        header: list[str] | None = None,
        limits: Limits = DEFAULT,
    ) -> None:
        self._source = source
        self._unread = _read_at_least(source, _BEGINNING)
        encoding = encoding_of(self._unread, encoding)
        self._decoder = codecs.getincrementaldecoder(encoding)("finplatform_keep_bad_bytes")
        self._delimiter = delimiter
        self._report = report
        self._limits = limits
        self._ended = False
        self._has_lines = False
        self._rest = b""
        self._buffer = b""
        self._line = 0 if header else 1
        first, rest, self._ends_with_cr = self._first_line()
        if header is None:
            self._rest = rest
        self.header = header or names_of(first, delimiter)
        limits.check_columns(len(self.header))

    def next_block(self) -> bytes:
        """The next lines; empty at the end."""
        while not self._buffer and not (self._ended and not self._rest):
            self._refill()
        block, self._buffer = self._buffer, b""
        return block

    def readable(self) -> bool:
        """A reader can be read."""
        return True

    def readinto(self, target: Any) -> int:
        """Fills a buffer with the next UTF-8 bytes."""
        block = self.next_block()
        size = min(len(target), len(block))
        target[:size] = block[:size]
        self._buffer = block[size:]
        return size

    def _first_line(self) -> tuple[bytes, bytes, bool]:
        """The first line, the bytes read after it, and whether it ends with CR alone."""
        while True:
            self._rest += self._next_block()
            self._rest = self._rest.removeprefix(codecs.BOM_UTF8)
            split = split_first_line(self._rest, is_whole=self._ended)
            if len(split[0] if split else self._rest) > self._limits.header_bytes:
                size = self._limits.header_bytes // KIB
                raise too_much(f"Its first line is longer than {size} KiB", "MAX_HEADER_KB")
            if split is not None:
                return split

    def _next_block(self) -> bytes:
        chunk = self._unread + self._source.read(BLOCK_BYTES - len(self._unread))
        self._unread = b""
        self._ended = not chunk
        return self._decoder.decode(chunk, final=self._ended).encode("utf-8")

    def _refill(self) -> None:
        """Moves the next whole lines into the buffer; an incomplete one stays in the rest."""
        text = self._rest + (b"" if self._ended or self._has_lines else self._next_block())
        if len(text) > LONGEST_LINES:
            raise FinplatformError(
                f"The text after line {self._line} goes on for {LONGEST_LINES} bytes without a row"
                " that ends.",
                "Look at the line ends and the quotes of the file.",
            )
        known = text.rstrip(b"\r\n")
        if known.endswith(_END_OF_FILE):
            # It ends the file only if nothing follows.
            known = known.removesuffix(_END_OF_FILE)
            text = known if self._ended else text
        else:
            known = text
        cut = len(text) if self._ended else self._last_end(text, len(known)) + 1
        block, self._rest = text[:cut], text[cut:]
        self._has_lines = False
        if b'"' in block:
            block = self._with_closed_quotes(block)
        else:
            self._line += self._count_ends(block)
        self._buffer = block

    def _with_closed_quotes(self, block: bytes) -> bytes:
        """The first lines of a block, as many as are examined at once; the others stay buffered."""
        looked_at = self._manageable(block)
        self._rest = block[len(looked_at) :] + self._rest
        waiting = len(self._rest)
        kept = self._without_broken_quotes(looked_at)
        is_all_back = len(self._rest) - waiting == len(looked_at)
        self._has_lines = len(looked_at) < len(block) and not is_all_back
        return kept

    def _manageable(self, block: bytes) -> bytes:
        weight = block.count(b'"') + self._count_ends(block)
        if weight <= _LOOKED_AT:
            return block
        cut = self._last_end(block, len(block) * _LOOKED_AT // weight) + 1
        return self._manageable(block[:cut]) if cut else block

    def _last_end(self, text: bytes, before: int) -> int:
        """Offset of the last line end; -1 if there is none."""
        found = text.rfind(b"\n", 0, before)
        return max(found, text.rfind(b"\r", 0, before)) if self._ends_with_cr else found

    def _count_ends(self, block: bytes) -> int:
        return block.count(b"\n") + (block.count(b"\r") if self._ends_with_cr else 0)

    def _lines_of(self, block: bytes) -> list[bytes]:
        if self._ends_with_cr:
            return block.splitlines(keepends=True)
        return io.BytesIO(block).readlines()

    def _without_broken_quotes(self, block: bytes) -> bytes:
        suspects = _suspect_lines(self._with_one_end(block), ord(self._delimiter))
        if not suspects:
            self._line += self._count_ends(block)
            return block
        lines = self._lines_of(block)
        unclosed = [number for number in suspects if lines[number].count(b'"') & 1]
        dropped, ends_before = set(), 0
        for number in suspects:
            if number < ends_before or self._is_row(lines[number : number + 1]):
                continue
            following = bisect_right(unclosed, number)
            partner = unclosed[following] if following < len(unclosed) else None
            is_last = self._ended and not self._rest
            if partner is None and not is_last and len(lines) - number <= LONGEST_VALUE:
                # The value may continue in the next block: examine it again together with that.
                self._rest = b"".join(lines[number:]) + self._rest
                lines = lines[:number]
                break
            if (
                partner is not None
                and partner - number <= LONGEST_VALUE
                and self._is_row(lines[number : partner + 1])
            ):
                ends_before = partner + 1
                continue
            dropped.add(number)
            text = lines[number].decode("utf-8").rstrip("\r\n")
            self._report(Malformed("quotes", text, f"line {self._line + number + 1}"))
        self._line += len(lines)
        return b"".join(line for n, line in enumerate(lines) if n not in dropped)

    def _with_one_end(self, block: bytes) -> bytes:
        """The block with one LF as each line end."""
        return block.replace(b"\r\n", b"\r").replace(b"\r", b"\n") if self._ends_with_cr else block

    def _is_row(self, lines: Iterable[bytes]) -> bool:
        """Whether lines together form exactly one row of the file."""
        text = (line.decode("utf-8").replace("\x00", " ") for line in lines)
        try:
            rows = list(csv.reader(text, delimiter=self._delimiter, strict=True))
        except csv.Error:
            return False
        return len(rows) == 1 and len(rows[0]) == len(self.header)


def _read_at_least(source: BinaryIO, size: int) -> bytes:
    """The first bytes of a stream that may return fewer per read."""
    beginning = b""
    while len(beginning) < size and (more := source.read(size - len(beginning))):
        beginning += more
    return beginning


def _suspect_lines(block: bytes, delimiter: int) -> list[int]:
    """Lines with possibly unbalanced quotes, found without splitting them.

    In a balanced line opening and closing quotes alternate, and other quotes are doubled.
    """
    text = np.frombuffer(block, dtype=np.uint8)
    quotes = np.flatnonzero(text == _QUOTE)
    line = np.searchsorted(np.flatnonzero(text == _NEWLINE), quotes)
    before = np.where(quotes > 0, text[quotes - 1], _NEWLINE)
    after = np.where(quotes < len(text) - 1, text[np.minimum(quotes + 1, len(text) - 1)], _NEWLINE)
    opens = (before == delimiter) | (before == _NEWLINE)
    closes = (after == delimiter) | (after == _NEWLINE) | (after == _RETURN)
    is_alone = ~opens & ~closes & (before != _QUOTE) & (after != _QUOTE)
    turns = opens | closes
    is_even = (np.arange(int(turns.sum())) - _starts(line[turns])) % 2 == 0
    is_out_of_turn = (opens[turns] != is_even) | (closes[turns] == is_even)
    is_odd = np.bincount(line) % 2 == 1 if len(line) else np.zeros(0, dtype=bool)
    suspects = [line[is_alone], line[turns][is_out_of_turn], np.flatnonzero(is_odd)]
    return sorted(set(np.concatenate(suspects).tolist()))


def _starts(groups: np.ndarray) -> np.ndarray:
    """For each position of a sorted array, the first position of its value."""
    starts = np.flatnonzero(np.diff(groups, prepend=-1))
    return np.repeat(starts, np.diff(starts, append=len(groups)))
