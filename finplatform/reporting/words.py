"""Words for figures: amounts, shares and names as the sentences of report pages write them.

Belongs here: formatting of values, and sums of those that are known. Does not belong here: choosing
the rows that a sentence names (`extremes`).
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pandas as pd

_SUFFIXES = ((1e9, "bn"), (1e6, "m"), (1e3, "k"))
_ROUNDS_UP = 0.9995
"""Part of a unit from which three digits round to the unit."""
_WHOLE_FROM = 100
"""Amounts below have cents."""
_MOST_DIGITS = 4
_NOISE = 1e-9
"""Per cent by which sums of inexact numbers may differ."""
_ACRONYMS = frozenset(
    {"at1", "atm", "cet1", "gdp", "irb", "kyc", "pd", "pos", "qrre", "rwa", "sla", "t2"}
)
_ONES = {"is": "are", "has": "have", "was": "were", "does": "do"}
"""Verbs that are irregular, of one thing and of many."""


def amount(value: Any, currency: str = "") -> str:
    """An amount with three significant digits, such as `EUR 12.3m`; a dash where there is none."""
    if is_missing(value):
        return "\N{EN DASH}"
    number = float(value)
    size = abs(number)
    for scale, suffix in _SUFFIXES:
        if size >= scale * _ROUNDS_UP:
            digits = max(0, 3 - len(str(int(size / scale))))
            return f"{currency} {number / scale:,.{digits}f}{suffix}".strip()
    digits = 0 if size >= _WHOLE_FROM or number.is_integer() else 2
    return f"{currency} {_decimals(number, digits)}".strip()


def count(value: Any) -> str:
    """A whole number with thousands separators."""
    return "\N{EN DASH}" if is_missing(value) else f"{int(value):,}"


def share(value: Any, digits: int = 1) -> str:
    """A fraction as per cent, with more decimals where a part would look like none or all."""
    return "\N{EN DASH}" if is_missing(value) else f"{_decimals(100 * float(value), digits, 100)}%"


def number(value: Any, digits: int = 2) -> str:
    """A number with decimals, with more of them where it would look like zero."""
    return "\N{EN DASH}" if is_missing(value) else _decimals(float(value), digits)


def signed(value: Any, digits: int = 2) -> str:
    """A number with decimals and its sign; zero has none."""
    if is_missing(value):
        return "\N{EN DASH}"
    shown = _decimals(float(value), digits)
    return f"+{shown}" if float(value) > 0 else shown


def month(value: date) -> str:
    """A month, such as `June 2026`."""
    return f"{value:%B %Y}"


def day(value: date) -> str:
    """A day, such as `30 June 2026`."""
    return f"{value.day} {value:%B %Y}"


def label(code: Any) -> str:
    """A code as people write it: `CREDIT_CARD` becomes `credit card`, `ATM` stays."""
    spoken = str(code).replace("_", " ").lower().split(" ")
    return " ".join(word.upper() if word in _ACRONYMS else word for word in spoken)


def band(code: Any) -> str:
    """A band as people write it: `25_34` becomes `25 to 34`, `10Y_PLUS` `10 years and more`."""
    name = str(code).upper()
    is_open, is_under = name.endswith("_PLUS"), name.startswith("UNDER_")
    ends = name.removesuffix("_PLUS").removeprefix("UNDER_").split("_")
    if not all(end[:1].isdigit() for end in ends):
        return label(code)
    unit = "" if not ends[-1].endswith("Y") else " year" if ends == ["1Y"] else " years"
    said = " to ".join(end.removesuffix("Y") for end in ends) + unit
    return f"under {said}" if is_under else f"{said} and more" if is_open else said


def capitalized(text: str) -> str:
    """Text with a capital first letter, the others as they are."""
    return text[:1].upper() + text[1:]


def labels(codes: pd.Series) -> pd.Series:
    """Codes as people write them."""
    return codes.map(label)


def listed(names: Sequence[str]) -> str:
    """Names in a row: `a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def change(new: Any, old: Any, currency: str = "") -> str:
    """How an amount moved, such as `up 4.2%`.

    A percentage needs a positive start and an end of zero or more; otherwise the result names the
    start instead.
    """
    if new == old:
        return "unchanged"
    way = "up" if new > old else "down"
    if not float(old):
        return f"{way} from nothing"
    if float(old) < 0 or float(new) < 0:
        return f"{way} from {amount(old, currency)}"
    return _moved(way, abs(float(new) / float(old) - 1) * 100, "%")


def points(new: Any, old: Any) -> str:
    """How a share moved, such as `up 1.2 points`."""
    moved = (float(new) - float(old)) * 100
    return _moved("up" if moved > 0 else "down", abs(moved), " points")


def compared(new: Any, old: Any, currency: str, than: str) -> str:
    """How an amount moved, as a part of a sentence: `, up 4.2% on the month before`.

    Args:
        new: The amount.
        old: What it is compared with.
        currency: Currency of both.
        than: What the other amount is.

    Returns:
        Nothing where one of them is not known.
    """
    if is_missing(old) or is_missing(new):
        return ""
    return f", {change(new, old, currency)} {than}"


def known(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The rows that have a value in each of some columns."""
    keep = [
        not any(is_missing(value) for value in values)
        for values in zip(*(frame[column] for column in columns), strict=True)
    ]
    return frame[pd.Series(keep, index=frame.index, dtype=bool)]


def total(values: pd.Series) -> Any:
    """Sum of what is not missing, exact where values are decimals."""
    return sum(value for value in values if not is_missing(value))


def part(value: Any, whole: Any) -> float | None:
    """A value as a fraction of a whole; None where one of them is not known or the whole is 0."""
    return (
        None if is_missing(value) or is_missing(whole) or not whole else float(value) / float(whole)
    )


def plural(value: Any, one: str, many: str | None = None) -> str:
    """A count with its noun, such as `1 customer` or `3 customers`."""
    if is_missing(value):
        return f"\N{EN DASH} {many or one + 's'}"
    found = int(value)
    return f"{found:,} {one if found == 1 else many or one + 's'}"


def agree(value: Any, verb: str) -> str:
    """The verb of a count, given as that of one thing: `is`, `has`, `differs`, `shown has`."""
    if value == 1:
        return verb
    *before, last = verb.split(" ")
    return " ".join([*before, _ONES.get(last, last.removesuffix("s"))])


def tally(some: Any, every: Any, one: str, verb: str, many: str | None = None) -> str:
    """How many of all do something, such as `2 of 5 drivers differ`.

    Args:
        some: Number of those that do it.
        every: Number of all.
        one: What one of them is called.
        verb: What one of them does.
        many: What several are called.
    """
    all_of_them = plural(every, one, many)
    if not some and not is_missing(every) and every > 1:
        return f"none of {all_of_them} {verb}"
    return f"{count(some)} of {all_of_them} {agree(1 if every == 1 else some, verb)}"


def some(value: Any, verb: str) -> str:
    """How many of things already named do something: `2 of them are`, `none of them is`."""
    return f"{count(value) if value else 'none'} of them {agree(value or 1, verb)}"


def is_missing(value: Any) -> bool:
    """Whether a value is null or not a number."""
    return value is None or value is pd.NaT or value != value


def _moved(way: str, size: float, unit: str) -> str:
    shown = _decimals(size, 1)
    if float(shown.replace(",", "")):
        return f"{way} {shown}{unit}"
    return "almost unchanged" if size > _NOISE else "unchanged"


def _decimals(value: float, digits: int, *wholes: float) -> str:
    """A number with decimals, with more where it would look like zero or another whole number."""
    shown = ""
    for places in range(digits, _MOST_DIGITS + 1):
        shown = f"{value:,.{places}f}"
        looks = float(shown.replace(",", ""))
        if all(value == whole or looks != whole for whole in (0, *wholes)):
            return shown
    rounded = f"{value:,.{digits}f}"
    return rounded if float(rounded.replace(",", "")) else rounded.removeprefix("-")
