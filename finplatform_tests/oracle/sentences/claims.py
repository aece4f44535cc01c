"""Claims that a sentence makes of the rows that its chart draws, each judged from these rows alone.

A second opinion for the tests, with the standard library alone: it reads the rows as a page carries
them, as text, and the figures and names as a reader does. A claim has a pattern, by which its words
are found in a sentence, and a judgement,
which says what is wrong with them. Belongs here: the kinds
of claims. Does not belong here: which claims the sentence of a chart makes (the modules of pages).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from finplatform_tests.oracle.sentences.values import (
    Found,
    Of,
    Row,
    Rows,
    Value,
    fixed,
    number_of,
    plain,
)

_FIGURE = r"-?[\d,]+(?:\.\d+)?"
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "bn": 10**9}
_TOO_SMALL = Fraction(1, 20_000)
"""What four decimals cannot show: it may be said to be zero, and all but it to be all."""
_SLACK = Fraction(1, 10**13)
"""Part of a figure by which sums of inexact numbers may differ."""


@dataclass(frozen=True)
class Claim:
    """A claim of a sentence.

    Attributes:
        pattern: Its words, as a regular expression without groups.
        judge: What is wrong with its words; None if nothing is.
        names: The row that its words stand for, if they are a name.
    """

    pattern: str
    judge: Callable[[str, Rows, Found], str | None]
    names: Callable[[str, Rows, Found], Row | None] = field(default=lambda *_: None)


def _agrees(shown: str, exact: Any, scale: Fraction | int = 1) -> str | None:
    """Whether a number is the exact one, rounded to the digits that are shown."""
    if exact is None:
        return f"{shown} is said of what is not known"
    digits = len(shown.partition(".")[2])
    unit = Fraction(1, 10**digits) * scale
    said, true = Fraction(shown.replace(",", "")) * scale, Fraction(exact)
    if abs(said - true) > unit / 2 + _SLACK * abs(true):
        return f"{shown} is said of {float(true)}"
    if shown.startswith("-") and not said:
        return f"{shown} is a zero with a sign"
    if not said and abs(true) > _TOO_SMALL:
        return f"{shown} is said of {float(true)}, which is not zero"
    return None


def number(value: Value) -> Claim:
    """A number with decimals."""
    return Claim(_FIGURE, lambda text, rows, found: _agrees(text, value(rows, found)))


def signed(value: Value) -> Claim:
    """A number with its sign; zero has none."""

    def judge(text: str, rows: Rows, found: Found) -> str | None:
        exact = value(rows, found)
        if exact is not None and (exact > 0) != text.startswith("+"):
            return f"{text} has the sign of another number than {float(exact)}"
        return _agrees(text.removeprefix("+"), exact)

    return Claim(rf"[+]?{_FIGURE}", judge)


def percent(value: Value) -> Claim:
    """A share."""

    def judge(text: str, rows: Rows, found: Found) -> str | None:
        exact, shown = value(rows, found), text.removesuffix("%")
        part = None if exact is None else Fraction(exact) * 100
        is_all = float(shown.replace(",", "")) == 100
        if part is not None and is_all and abs(part - 100) > _TOO_SMALL:
            return f"{text} is said of {float(part)}%, which is not all"
        return _agrees(shown, part)

    return Claim(rf"{_FIGURE}%", judge)


def money(value: Value) -> Claim:
    """An amount with its currency."""

    def judge(text: str, rows: Rows, found: Found) -> str | None:
        digits = re.fullmatch(r"[A-Z]{3} (.*?)(k|m|bn)?", text)
        if digits is None:
            return f"{text} is no amount"
        return _agrees(digits[1], value(rows, found), _UNITS[digits[2] or ""])

    return Claim(rf"[A-Z]{{3}} {_FIGURE}(?:k|m|bn)?", judge)


def count(value: Value) -> Claim:
    """A whole number."""

    def judge(text: str, rows: Rows, found: Found) -> str | None:
        exact = value(rows, found)
        return None if exact is not None and _whole(text) == exact else f"{text} counts {exact}"

    return Claim(r"-?[\d,]+", judge)


def things(value: Value, one: str, many: str | None = None) -> Claim:
    """A count with its noun."""
    plural = many or f"{one}s"

    def judge(text: str, rows: Rows, found: Found) -> str | None:
        exact = value(rows, found)
        digits, _, noun = text.partition(" ")
        if exact is None or _whole(digits) != exact:
            return f"{text} counts {exact}"
        return None if noun == (one if exact == 1 else plural) else f"{text} is no English"

    return Claim(rf"[\d,]+ (?:{re.escape(plural)}|{re.escape(one)})", judge)


def _whole(text: str) -> int:
    return int(text.replace(",", ""))


def month(value: Value) -> Claim:
    """A month."""
    return _dated(value, r"[A-Z][a-z]+ \d{4}", lambda day: f"{day:%B %Y}")


def day(value: Value) -> Claim:
    """A day."""
    return _dated(value, r"\d{1,2} [A-Z][a-z]+ \d{4}", day_text)


def moment(value: Value, form: str) -> Claim:
    """An instant in a form of `strftime`."""
    return _dated(value, r"[\d:. -]+", lambda at: at.strftime(form))


def day_text(value: date) -> str:
    """A day as sentences write it."""
    return f"{value.day} {value:%B %Y}"


def month_text(value: date) -> str:
    """A month as sentences write it."""
    return f"{value:%B %Y}"


def _dated(value: Value, pattern: str, form: Callable[[Any], str]) -> Claim:
    def judge(text: str, rows: Rows, found: Found) -> str | None:
        exact = value(rows, found)
        return None if exact is not None and form(exact) == text else f"{text} is said of {exact}"

    return Claim(pattern, judge)


def text(value: Value) -> Claim:
    """A name or a code of the data."""

    def judge(said: str, rows: Rows, found: Found) -> str | None:
        exact = value(rows, found)
        return None if plain(said) == plain(exact) else f"{said} is said of {exact}"

    return Claim(r".+?", judge)


def verb(value: Value, one: str, many: str) -> Claim:
    """A word that agrees with a count."""
    return either({one: lambda rows, found: value(rows, found) == 1,
                   many: lambda rows, found: value(rows, found) != 1})  # fmt: skip


def tally(
    some: Value, every: Value, one: str, does: str, do: str, many: str | None = None
) -> Claim:
    """How many of all do something."""
    plural = many or f"{one}s"

    def judge(said: str, rows: Rows, found: Found) -> str | None:
        part, whole = int(some(rows, found)), int(every(rows, found))
        nouns = f"{whole:,} {one if whole == 1 else plural}"
        if not part and whole > 1:
            wanted = f"none of {nouns} {does}"
        else:
            wanted = f"{part:,} of {nouns} {does if 1 in (part, whole) else do}"
        return None if said.casefold() == wanted.casefold() else f"{said!r} is not {wanted!r}"

    return Claim(
        rf"(?:[Nn]one|[\d,]+) of [\d,]+ (?:{re.escape(one)}|{re.escape(plural)})"
        rf" (?:{re.escape(does)}|{re.escape(do)})",
        judge,
    )


def either(choices: Mapping[str, Value]) -> Claim:
    """One of several wordings, each of which is true in its own case."""

    def judge(said: str, rows: Rows, found: Found) -> str | None:
        return None if choices[said](rows, found) else f"{said!r} is not so"

    return Claim("|".join(re.escape(each) for each in choices), judge)


def moved(new: Value, old: Value) -> Claim:
    """How an amount moved: by a percentage of what is above zero, else from where."""
    percentage = rf"(?:up|down) {_FIGURE}%"
    start = rf"(?:up|down) from [A-Z]{{3}} {_FIGURE}(?:k|m|bn)?"

    def judge(said: str, rows: Rows, found: Found) -> str | None:
        now, then = new(rows, found), old(rows, found)
        if now is None or then is None:
            return f"{said}, of what is not known"
        if said.endswith("unchanged"):
            return _unchanged(said, now - then, then)
        if said.startswith("up ") != (now > then) or now == then:
            return f"{said}, but {float(then)} became {float(now)}"
        way, _, rest = said.partition(" ")
        if rest == "from nothing":
            return f"{way} from {then}, which is not nothing" if then else None
        if rest.startswith("from "):
            if then > 0 and now >= 0:
                return f"{said}, of which there is a percentage"
            return money(fixed(then)).judge(rest.removeprefix("from "), rows, found)
        if then <= 0 or now < 0:
            return f"{said}, but of {float(then)} to {float(now)} there is no percentage"
        return _agrees(rest.removesuffix("%"), abs(Fraction(now) / Fraction(then) - 1) * 100)

    return Claim(rf"{percentage}|{start}|(?:up|down) from nothing|(?:almost )?unchanged", judge)


def moved_points(new: Value, old: Value) -> Claim:
    """How a share moved, in points."""

    def judge(said: str, rows: Rows, found: Found) -> str | None:
        now, then = new(rows, found), old(rows, found)
        if now is None or then is None:
            return f"{said}, of what is not known"
        if said.endswith("unchanged"):
            return _unchanged(said, now - then, 1)
        if said.startswith("up ") != (now > then):
            return f"{said}, but {float(then)} became {float(now)}"
        return _agrees(said.split(" ")[1], abs(Fraction(now) - Fraction(then)) * 100)

    return Claim(rf"(?:up|down) {_FIGURE} points|(?:almost )?unchanged", judge)


def _unchanged(said: str, change: Fraction, of: Any) -> str | None:
    """What is wrong with `unchanged`, or `almost unchanged` of a move too small for its digits."""
    small = abs(change) / abs(of) * 100 if of else abs(change)
    most = _TOO_SMALL if said.startswith("almost") else _SLACK
    return None if small <= most else f"{said}, but it moved by {float(change)}"


_LEVEL = re.compile(
    r"(?P<name>.*?)(?: \((?P<level>level with .+|the only one(?: with a figure)?)\))?"
)


def largest(by: str | Of, name: str | Of, **options: Any) -> Claim:
    """The name of the row with the largest value.

    Args:
        by: Column of the value, or the value of a row.
        name: Column of the name, or the name of a row.
        options: `signed`: whether values of zero and less may be the largest, `among`: the rows
            that are compared, `is_bare`: whether the sentence calls it no extreme, or says in its
            own words that it is the only one, so that its name alone is said.
    """
    return _superlative(by, name, max, **options)


def smallest(by: str | Of, name: str | Of, **options: Any) -> Claim:
    """The name of the row with the smallest value; as `largest`."""
    return _superlative(by, name, min, **{"signed": True, **options})


def _superlative(
    by: str | Of,
    name: str | Of,
    choose: Callable[..., Any],
    *,
    signed: bool = False,
    among: Callable[[Rows], Rows] = lambda rows: rows,
    is_bare: bool = False,
) -> Claim:
    of = number_of(by)
    called: Of = (lambda row: row[name]) if isinstance(name, str) else name

    def named(said: str, rows: Rows) -> Row | None:
        bare = _LEVEL.fullmatch(said)
        wanted = plain(bare["name"] if bare else said)
        rows_of_name = [row for row in among(rows) if plain(called(row)) == wanted]
        # Of several rows of one name the sentence means the one with the value.
        values = [row for row in rows_of_name if of(row) is not None]
        return choose(values, key=of) if values else None

    def judge(said: str, rows: Rows, _: Found) -> str | None:
        parts, row = _LEVEL.fullmatch(said), named(said, rows)
        if parts is None or row is None:
            return f"{said!r} is the name of no row that has a value"
        compared = among(rows)
        values = [of(each) for each in compared if of(each) is not None]
        best = choose(values)
        if of(row) != best:
            return f"{said!r} has {float(of(row))}, but the extreme is {float(best)}"
        if not signed and best <= 0:
            return f"{said!r} is called the largest with {float(best)}"
        if is_bare:
            return "is more than a name" if parts["level"] else None
        return _level(
            parts["level"],
            [called(each) for each in compared if of(each) == best],
            plain(called(row)),
            (len(values), len(compared)),
        )

    return Claim(r".+?", judge, lambda said, rows, _: named(said, rows))


def _level(said: str | None, equal: list[Any], name: str, counts: tuple[int, int]) -> str | None:
    """What is wrong with what is said of rows that are level with the named one."""
    known_count, row_count = counts
    others = [plain(each) for each in dict.fromkeys(equal) if plain(each) != name]
    if known_count == 1:
        wanted = "the only one" if row_count == 1 else "the only one with a figure"
        return None if said == wanted else f"{name!r} is the only one, which is not said"
    if said is None:
        return f"{name!r} is level with {others}" if others else None
    if not said.startswith("level with "):
        return f"{said!r}, but there are {known_count}"
    listed = said.removeprefix("level with ")
    if len(others) > 2:
        wanted = f"{len(others):,} others"
        if len(equal) == known_count:
            wanted = f"all {wanted}"
        return None if listed == wanted else f"{listed!r} is not {wanted!r}"
    orders = (" and ".join(others), " and ".join(reversed(others)))
    return None if plain(listed) in orders else f"level with {listed}, not {others}"
