"""Figures in words are neither less nor more than they are."""

from decimal import Decimal
from typing import Any

import pytest

from finplatform.reporting import words


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "\N{EN DASH}"), (0, "EUR 0"), (0.4, "EUR 0.40"), (-0.4, "EUR -0.40"),
        (Decimal("99.99"), "EUR 99.99"), (250.4, "EUR 250"), (999.4, "EUR 999"),
        (999.6, "EUR 1.00k"), (12_345, "EUR 12.3k"), (999_600, "EUR 1.00m"), (-5e9, "EUR -5.00bn"),
        (0.001, "EUR 0.001"),
    ],
)  # fmt: skip
def test_an_amount_has_three_digits_and_below_a_hundred_its_cents(value: Any, said: str) -> None:
    assert words.amount(value, "EUR") == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0.0%"), (0.5, "50.0%"), (1, "100.0%"), (0.0004, "0.04%"), (-0.0004, "-0.04%"),
        (0.99996, "99.996%"), (1e-9, "0.0%"), (-1e-9, "0.0%"), (12.5, "1,250.0%"),
    ],
)  # fmt: skip
def test_a_share_that_is_not_none_or_all_does_not_look_like_it(value: float, said: str) -> None:
    assert words.share(value) == said


def test_a_share_may_have_no_decimals_unless_it_would_look_like_none() -> None:
    assert [words.share(value, 0) for value in (0.25, 0.004, 0.996)] == ["25%", "0.4%", "99.6%"]


@pytest.mark.parametrize(
    ("value", "plain", "signed"),
    [
        (0.0, "0.00", "0.00"),
        (-0.001, "-0.001", "-0.001"),
        (1e-9, "0.00", "+0.00"),
        (2, "2.00", "+2.00"),
    ],
)
def test_a_number_is_no_zero_with_a_sign(value: float, plain: str, signed: str) -> None:
    assert words.number(value) == plain
    assert words.signed(value) == signed


@pytest.mark.parametrize(
    ("new", "old", "said"),
    [
        (120, 100, "up 20.0%"), (80, 100, "down 20.0%"), (100, 100, "unchanged"),
        (Decimal("1.0"), 1, "unchanged"), (1_000_100, 1_000_000, "up 0.01%"),
        (100_000_001, 100_000_000, "almost unchanged"), (5, 0, "up from nothing"),
        (-5, 0, "down from nothing"), (-50, -100, "up from EUR -100"),
        (-150, -100, "down from EUR -100"), (-5, 100, "down from EUR 100"), (0, 100, "down 100.0%"),
        (50, -100, "up from EUR -100"),
    ],
)  # fmt: skip
def test_a_move_has_a_percentage_only_of_what_is_above_zero(new: Any, old: Any, said: str) -> None:
    assert words.change(new, old, "EUR") == said


@pytest.mark.parametrize(
    ("new", "old", "said"),
    [(0.3, 0.1, "up 20.0 points"), (0.1, 0.3, "down 20.0 points"), (0.1 + 0.2, 0.3, "unchanged"),
     (0.1001, 0.1, "up 0.01 points")],
)  # fmt: skip
def test_a_share_moves_by_points(new: float, old: float, said: str) -> None:
    assert words.points(new, old) == said


def test_what_has_nothing_to_be_compared_with_is_not_compared() -> None:
    assert words.compared(2, 1, "EUR", "on the month before") == ", up 100.0% on the month before"
    assert words.compared(2, None, "EUR", "on the month before") == ""
    assert words.compared(None, 2, "EUR", "on the month before") == ""


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("25_34", "25 to 34"), ("65_plus", "65 and more"), ("UNDER_18", "under 18"),
        ("UNDER_1Y", "under 1 year"), ("1Y_3Y", "1 to 3 years"), ("10Y_PLUS", "10 years and more"),
        ("F", "f"), ("NOT_GIVEN", "not given"),
    ],
)  # fmt: skip
def test_a_band_is_said_as_people_say_it(code: str, said: str) -> None:
    assert words.band(code) == said


@pytest.mark.parametrize(
    ("names", "said"),
    [((), ""), (("a",), "a"), (("a", "b"), "a and b"), (("a", "b", "c"), "a, b and c")],
)
def test_names_are_listed(names: tuple[str, ...], said: str) -> None:
    assert words.listed(names) == said


@pytest.mark.parametrize(
    ("some", "every", "said"),
    [(0, 3, "none of 3 runs has"), (1, 3, "1 of 3 runs has"), (2, 3, "2 of 3 runs have"),
     (0, 1, "0 of 1 run has"), (1, 1, "1 of 1 run has"), (2_000, 3_000,
                                                          "2,000 of 3,000 runs have")],
)  # fmt: skip
def test_the_verb_agrees_with_the_count(some: int, every: int, said: str) -> None:
    assert words.tally(some, every, "run", "has") == said


def test_of_things_named_before_some_do_it() -> None:
    assert [words.some(count, "is") for count in (0, 1, 2)] == [
        "none of them is", "1 of them is", "2 of them are",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "whole", "part"),
    [(1, 4, 0.25), (Decimal(1), 4.0, 0.25), (1, 0, None), (None, 4, None)],
)
def test_of_nothing_there_is_no_part(value: Any, whole: Any, part: float | None) -> None:
    assert words.part(value, whole) == part
