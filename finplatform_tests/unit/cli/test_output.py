"""What is printed is the data: it cannot style, hide or move anything, and JSON knows each type."""

import json
import os
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from io import StringIO
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from unicodedata import category
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from finplatform.cli import output
from finplatform.cli.output import print_json, print_table, shown, stdout_as_stderr, styled


def printed(monkeypatch: pytest.MonkeyPatch, width: int = 200) -> StringIO:
    """Catches what is printed, on a terminal with colours."""
    file = StringIO()
    console = Console(
        file=file, width=width, force_terminal=True, markup=False, emoji=False, highlight=False
    )
    monkeypatch.setattr(output, "OUT", console)
    return file


@pytest.mark.parametrize(
    "text",
    ["[bold]x[/bold]", "[/]", "[link=https://example.com]x[/link]", ":smile:", "[red", "\\[x]"],
)
def test_marks_in_data_and_headings_are_printed_as_they_are(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    file = printed(monkeypatch)
    print_table(text, [text], [[text]])
    assert file.getvalue().count(text) == 3


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a\x1b[31mb", "a␛[31mb"),
        ("a\nb\tc\r", "a␊b␉c␍"),
        ("\x7f\x00", "␡␀"),
        ("\x9b2J", "<U+009B>2J"),
        ("a\u202eb", "a<U+202E>b"),
        ("\ud800", "<U+D800>"),
        ("Šárka 東京 \u0646\u200c\u062e", "Šárka 東京 \u0646\u200c\u062e"),
        (1.5, "1.5"),
    ],
)
def test_control_characters_are_shown(value: object, expected: str) -> None:
    assert shown(value) == expected


@given(st.text())
def test_nothing_that_is_shown_acts_on_the_terminal(text: str) -> None:
    assert not [c for c in shown(text) if category(c) in ("Cc", "Cs", "Zl", "Zp")]
    assert shown(text, lines=True).replace("\n", "").replace("\t", "").isprintable() or any(
        category(c) in ("Cf", "Zs", "Co", "Cn") for c in text
    )


def test_a_wide_cell_is_folded_and_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    file = printed(monkeypatch, width=20)
    print_table("", ["a", "b"], [["x" * 40, "y"]])
    assert file.getvalue().count("x") == 40


def test_styled_parts_show_control_characters_too() -> None:
    assert styled(("a\x1b", "red"), " [b]\n").plain == "a␛ [b]\n"


class _Colour(Enum):
    RED = 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (date(2025, 1, 31), "2025-01-31"),
        (datetime(2025, 1, 31, tzinfo=UTC), "2025-01-31T00:00:00+00:00"),
        (time(10), "10:00:00"),
        (timedelta(days=1), "1 day, 0:00:00"),
        (Decimal("1.10"), "1.10"),
        (Decimal("NaN"), "NaN"),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        (b"\xde\xad", "\\xdead"),
        (memoryview(b"\x00"), "\\x00"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (ip_address("10.0.0.1"), "10.0.0.1"),
        (Path("a/b"), "a/b"),
        (_Colour.RED, "_Colour.RED"),
        ((1, Decimal(2)), [1, "2"]),
        ({1: {2.5}}, {"1": [2.5]}),
        (True, True),
        (None, None),
        (10**30, 10**30),
        ("\x9b\u202e\x1b\n\x7f", "\x9b\u202e\x1b\n\x7f"),
    ],
)
def test_json_knows_every_type(
    monkeypatch: pytest.MonkeyPatch, value: Any, expected: object
) -> None:
    file = printed(monkeypatch)
    print_json([value])
    text = file.getvalue()
    assert json.loads(text) == [expected]
    assert not [c for c in text if category(c) in ("Cc", "Cf") and c != "\n"]


def test_what_a_library_prints_to_the_descriptor_does_not_reach_the_output(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with stdout_as_stderr():
        os.write(1, b"of a solver\n")
    os.write(1, b"result\n")
    assert capfd.readouterr() == ("result\n", "of a solver\n")
