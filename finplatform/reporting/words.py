"""Words for figures: amounts, shares and names as the sentences of report pages write them.

Belongs here: formatting of one value, and choosing the rows that a sentence speaks of.
"""

import math
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd

_SUFFIXES = ((1e9, "bn"), (1e6, "m"), (1e3, "k"))
_ACRONYMS = frozenset(
    {"at1", "atm", "cet1", "gdp", "irb", "kyc", "pd", "pos", "qrre", "rwa", "sla", "t2"}
)


def amount(value: Any, currency: str = "") -> str:
    """An amount with three significant digits, such as `EUR 12.3m`; a dash where there is none."""
    if is_missing(value):
        return "\N{EN DASH}"
    number = float(value)
    size = abs(number)
    for scale, suffix in _SUFFIXES:
        if size >= scale:
            digits = max(0, 2 - len(str(int(size / scale))) + 1)
            return f"{currency} {number / scale:,.{digits}f}{suffix}".strip()
    return f"{currency} {number:,.0f}".strip()


def count(value: Any) -> str:
    """A whole number with thousands separators."""
    return "\N{EN DASH}" if is_missing(value) else f"{int(value):,}"


def share(value: Any, digits: int = 1) -> str:
    """A fraction as per cent."""
    return "\N{EN DASH}" if is_missing(value) else f"{float(value) * 100:.{digits}f}%"


def number(value: Any, digits: int = 2) -> str:
    """A number with decimals."""
    return "\N{EN DASH}" if is_missing(value) else f"{float(value):,.{digits}f}"


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


def heading(code: Any) -> str:
    """A code as people write it at the beginning of a sentence."""
    return capitalized(label(code))


def capitalized(text: str) -> str:
    """Text with a capital first letter, the others as they are."""
    return text[:1].upper() + text[1:]


def labels(codes: pd.Series) -> pd.Series:
    """Codes as people write them."""
    return codes.map(label)


def change(new: Any, old: Any) -> str:
    """How a figure moved, such as `up 4.2%`; or that there is no earlier figure."""
    if is_missing(old) or is_missing(new) or not float(old):
        return "without a figure to compare with"
    moved = float(new) / float(old) - 1
    if f"{abs(moved) * 100:.1f}" == "0.0":
        return "unchanged"
    return f"{'up' if moved > 0 else 'down'} {abs(moved) * 100:.1f}%"


def points(new: Any, old: Any) -> str:
    """How a share moved, such as `up 1.2 points`; or that there is no earlier share."""
    if is_missing(old) or is_missing(new):
        return "without a figure to compare with"
    moved = (float(new) - float(old)) * 100
    if f"{abs(moved):.1f}" == "0.0":
        return "unchanged"
    return f"{'up' if moved > 0 else 'down'} {abs(moved):.1f} points"


def largest(frame: pd.DataFrame, column: str) -> Any:
    """The row with the largest value, by column name; the first of several, or of none known."""
    numbers = _numbers(frame[column])
    return frame.iloc[0 if numbers.isna().all() else int(numbers.argmax())]


def smallest(frame: pd.DataFrame, column: str) -> Any:
    """The row with the smallest value, by column name; the first of several, or of none known."""
    numbers = _numbers(frame[column])
    return frame.iloc[0 if numbers.isna().all() else int(numbers.argmin())]


def known(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """The rows that have a value in each of some columns."""
    keep = [
        not any(is_missing(value) for value in values)
        for values in zip(*(frame[column] for column in columns), strict=True)
    ]
    return frame[pd.Series(keep, index=frame.index, dtype=bool)]


def total(values: pd.Series) -> Decimal | float:
    """Sum of what is not missing, exact where values are decimals."""
    kept: Decimal | float = sum(value for value in values if not is_missing(value))
    return kept


def plural(value: Any, one: str, many: str | None = None) -> str:
    """A count with its noun, such as `1 customer` or `3 customers`."""
    if is_missing(value):
        return f"\N{EN DASH} {many or one + 's'}"
    found = int(value)
    return f"{found:,} {one if found == 1 else many or one + 's'}"


def is_missing(value: Any) -> bool:
    """Whether a value is null or not a number."""
    return value is None or value is pd.NaT or value != value


def _numbers(values: pd.Series) -> pd.Series:
    return pd.Series([math.nan if is_missing(v) else float(v) for v in values], dtype=float)
