"""Names and positions of the write-ahead log, as PostgreSQL writes them."""

import pytest

from finplatform.backup.wal_names import (
    contiguous,
    parsed,
    position_of,
    segment_name,
    segment_number,
    text_of,
)


@pytest.mark.parametrize(
    ("position", "name"),
    [
        ("0/16EF778", "000000010000000000000001"),
        ("0/FFFFFFFF", "0000000100000000000000FF"),
        ("1/0", "000000010000000100000000"),
        ("A/FF000000", "000000010000000A000000FF"),
    ],
)
def test_a_position_lies_in_the_segment_that_the_server_names(position: str, name: str) -> None:
    number = segment_number(position_of(position))
    assert segment_name(1, number) == name
    assert parsed(name) == (1, number, False)
    assert text_of(position_of(position)) == position


def test_other_files_of_the_log_are_no_segments() -> None:
    assert parsed("00000002.history") is None
    assert parsed("000000010000000000000001.partial") == (1, 1, True)


def test_the_first_missing_segment_is_named() -> None:
    names = [segment_name(1, number) for number in (3, 4, 6)] + [segment_name(1, 7) + ".partial"]
    assert contiguous(names, 1, 3, 4) == (names[:2], "")
    assert contiguous(names, 1, 3, 7) == (names[:2], segment_name(1, 5))
    assert contiguous(names, 1, 6, 7) == (names[2:], "")
    assert contiguous(names, 2, 3, 3) == ([], segment_name(2, 3))


def test_a_whole_segment_is_preferred_to_a_partial_one() -> None:
    whole = segment_name(1, 3)
    assert contiguous([whole + ".partial", whole], 1, 3, 3) == ([whole], "")
