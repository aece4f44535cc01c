"""Printing: for people with Rich, for programs as JSON.

Belongs here: the two consoles and small helpers that all commands share. Both consoles print text
as it is: what styles a word is `styled`, never a mark within the text, so that data cannot style,
hide or move anything.
"""

import json
import math
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from typing import IO, Any
from unicodedata import category

from rich.console import Console
from rich.table import Table
from rich.text import Text


def console(file: IO[str] | None = None, *, stderr: bool = False) -> Console:
    """A console that prints text as it is."""
    return Console(file=file, stderr=stderr, markup=False, emoji=False, highlight=False)


OUT = console()
ERR = console(stderr=True)

_JOINERS = {"\u200c", "\u200d"}
"""Format characters that Persian, Hindi and others are written with."""


def print_json(data: Any) -> None:
    """Writes data as JSON to standard output, and nothing else."""
    text = json.dumps(_plain(data), indent=2, ensure_ascii=False, allow_nan=False)
    OUT.out(_escaped(text), highlight=False)


@contextmanager
def stdout_as_stderr() -> Iterator[None]:
    """Sends what is printed to standard output while the block runs to standard error.

    Libraries written in C print to the descriptor itself: HiGHS, the solver of `scipy.optimize`,
    reports some of its steps even if its output is turned off.
    """
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def print_table(
    title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], numbers: Sequence[int] = ()
) -> None:
    """Prints rows under headings.

    Args:
        title: Above the table.
        columns: Headings.
        rows: Cells; None is shown as a dash, a `Text` as it is styled, else `shown`.
        numbers: Positions of columns that are aligned right.
    """
    table = Table(
        title=Text(shown(title)) if title else None,
        title_justify="left",
        title_style="bold",
        header_style="dim",
    )
    for position, name in enumerate(columns):
        side = "right" if position in numbers else "left"
        table.add_column(Text(shown(name)), justify=side, overflow="fold")  # type: ignore[arg-type]
    for row in rows:
        table.add_row(*map(_cell, row))
    OUT.print(table)


def styled(*parts: str | tuple[str, str]) -> Text:
    """Text of which some parts have a style.

    Args:
        parts: Text, or text and its style; of both, control characters are shown.
    """
    pieces = ((part, "") if isinstance(part, str) else part for part in parts)
    return Text.assemble(*((shown(text, lines=True), style) for text, style in pieces))


def shown(value: object, *, lines: bool = False) -> str:
    """A value as text with control characters escaped.

    Args:
        value: Any value.
        lines: Whether line breaks and tabs are kept.
    """
    text = str(value)
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(character, lines=lines) for character in text)


def size(count: float) -> str:
    """Bytes with a unit: 1536 is `1.5 kB`."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if abs(count) < 1024 or unit == "TB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    raise AssertionError


def _cell(value: Any) -> Text:
    if isinstance(value, Text):
        return value
    if isinstance(value, (bytes, bytearray, memoryview)):
        value = _hexadecimal(value)
    return Text("-" if value is None else shown(value))


def _visible(character: str, *, lines: bool) -> str:
    """The character, or a sign for one that would act on the terminal or hide what is around it."""
    if not _acts(character) or (lines and character in "\n\t"):
        return character
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else f"<U+{code:04X}>"


def _escaped(text: str) -> str:
    """JSON in which characters that would act on a terminal are escaped."""
    if text.isascii():
        return text.replace("\x7f", "\\u007f")
    return "".join(
        f"\\u{ord(character):04x}"
        if _acts(character) and character != "\n" and ord(character) < 0x10000
        else character
        for character in text
    )


def _acts(character: str) -> bool:
    return category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and character not in _JOINERS


def _plain(value: Any) -> Any:
    """A value of types that JSON has; one that it has none for becomes its text."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else _not_finite(value)
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(one) for one in value]
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _hexadecimal(value)
    return str(value)


def _not_finite(value: float) -> str:
    """The name that PostgreSQL gives it: JSON has no such number."""
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _hexadecimal(value: bytes | bytearray | memoryview) -> str:
    return f"\\x{bytes(value).hex()}"
