"""Names in messages: columns only where they are names, files in characters that can be shown."""

import os
from pathlib import Path

import pytest

from finplatform.ingest.connectors.naming import is_plain_name, shown_columns, shown_name

HOSTILE = (
    b"\xff\xfe.csv", b"caf\xe9.csv", b"a\nb.csv", b"a\rb.csv", b"a\x1b[2Jb.csv", b"a\x7f.csv",
    b"a\tb.csv", b"a\x08.csv", "a\u202egpj.csv".encode(), "a\u200b.csv".encode(),
    "\ufeffa.csv".encode(), "a\u2028b.csv".encode(), b"a\xc3.csv", b"\xed\xa0\x80.csv",
    b"a\x9b31m.csv", b"a\xc2\x9b31m.csv", "a\u00ad.csv".encode(), b"\x01", b"a\x0b\x0c.csv",
    "a\ue000.csv".encode(), b"\x1b]0;title\x07.csv",
)  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_name_is_shown_in_printable_characters(name: bytes) -> None:
    text = os.fsdecode(name)
    shown = shown_name(Path("folder") / text)
    assert not is_plain_name(text)
    assert shown.isprintable()
    shown.encode()
    assert is_plain_name(shown)


def test_an_ordinary_name_is_shown_as_it_is() -> None:
    assert shown_name("účty [2025] {x} 'y'.csv") == "účty [2025] {x} 'y'.csv"


def test_columns_are_listed_once_half_of_the_wanted_ones_are_there() -> None:
    wanted = ["customer_id", "name", "city", "birth_date"]
    assert shown_columns(["customer_id", "Name", "name", "Novak", "a@b.cz", "9"], wanted) == (
        "It has: customer_id, Name, name, and 3 more"
    )
    assert "birthdate" in shown_columns(["customer_id", "name", "birthdate"], wanted)
    reported = shown_columns(["Novak", "name", "1984-02-29"], wanted)
    assert reported.startswith("It has 3 columns")
    assert "Novak" not in reported


def test_nothing_is_known_of_columns_when_none_is_wanted() -> None:
    assert shown_columns(["Novak"], []).startswith("It has 1 columns")
