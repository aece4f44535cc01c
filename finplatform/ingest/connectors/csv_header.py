"""The beginning of a CSV file: its encoding, its first line and the names of its columns.

What stands in the first line may be a person's data, in a file without a header, so no message
quotes it. Does not belong here: the lines after it (see `csv_body`).
"""

import codecs
import csv
from collections import Counter

from finplatform.errors import FinplatformError
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
"""Share of NUL bytes at the beginning from which text is taken for UTF-16 or UTF-32."""


def encoding_of(beginning: bytes, declared: str) -> str:
    """Encoding of a text: that of its byte order mark, else the declared one.

    Args:
        beginning: Its first bytes.
        declared: Encoding by the configuration.

    Raises:
        LookupError: If there is no such encoding of text.
        FinplatformError: If the bytes are those of another kind of file, or of UTF-16 or UTF-32
            that is neither marked nor declared.
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
    """The first line, what follows it, and whether it ends with CR alone.

    Args:
        text: Beginning of a file, in UTF-8.
        is_whole: Whether nothing follows.

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
        FinplatformError: If it does not name each column, once.
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
    """The encoding that text of mostly western letters with these NUL bytes is in."""
    is_little = beginning[0] != 0
    is_four = beginning[1:4].count(0) == 3 or beginning[:3].count(0) == 3
    return f"utf-{32 if is_four else 16}-{'le' if is_little else 'be'}"
