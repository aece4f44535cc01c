"""The rules of monitoring and reporting, as of a date: read from `rules.csv` and from what changed.

A rule is a set of named figures, each in force from a day to a day; what an approved change puts in
force later comes on top of the file's. Belongs here: reading, checking and finding figures. Does
not belong here: what they mean, which is the business of the signals.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise

from finplatform.errors import FinplatformError
from finplatform.windows import Window

_FILE = "rules.csv"
_TYPOLOGY = "TYPOLOGY."


@dataclass(frozen=True, order=True)
class Figure:
    """One figure of one rule: a row of the file.

    Attributes:
        rule_id: The rule.
        part: What the figure is in it.
        valid_from: First day in force.
        valid_to: Last day in force; None while there is no end.
        value: The figure.
        paragraph: Where it comes from.
        description: What it means.
    """

    rule_id: str
    part: str
    valid_from: date
    valid_to: date | None
    value: Decimal
    paragraph: str = field(compare=False)
    description: str = field(compare=False)

    @property
    def name(self) -> str:
        """`RULE.part`, as commands name a figure."""
        return f"{self.rule_id}.{self.part}"

    def in_force(self, day: date) -> bool:
        """Whether the figure holds on a day; both ends are days in force."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Rules:
    """The figures in force on one day.

    Attributes:
        values: Figures by rule and part.
    """

    values: Mapping[str, Mapping[str, Decimal]]

    def exact(self, rule_id: str, part: str) -> Decimal:
        """A figure as written.

        Raises:
            FinplatformError: If it is not in force on the day.
        """
        try:
            return self.values[rule_id][part]
        except KeyError:
            raise FinplatformError(
                f"There is no figure {rule_id}.{part} in force.",
                "`finplatform aml rules` lists what there is.",
            ) from None

    def number(self, rule_id: str, part: str) -> float:
        """A figure as a float, for what is measured in floats."""
        return float(self.exact(rule_id, part))

    def whole(self, rule_id: str, part: str) -> int:
        """A figure that is a whole number."""
        return int(self.exact(rule_id, part))

    def typologies(self) -> dict[str, dict[str, int]]:
        """Weight of each signal, by typology."""
        return {
            rule_id.removeprefix(_TYPOLOGY): {part: int(value) for part, value in parts.items()}
            for rule_id, parts in self.values.items()
            if rule_id.startswith(_TYPOLOGY)
        }


@dataclass(frozen=True)
class RuleBook:
    """All figures with their days.

    Attributes:
        figures: Figures, ordered; of one name no two are in force on one day.
    """

    figures: tuple[Figure, ...]

    def as_of(self, day: date) -> Rules:
        """The figures in force on a day."""
        values: dict[str, dict[str, Decimal]] = {}
        for figure in self.figures:
            if figure.in_force(day):
                values.setdefault(figure.rule_id, {})[figure.part] = figure.value
        return Rules(values)

    def pieces(self, window: Window) -> Iterator[tuple[Window, Rules]]:
        """The window in pieces within which no figure changes, each with its figures."""
        changes = {figure.valid_from for figure in self.figures}
        changes |= {f.valid_to + timedelta(days=1) for f in self.figures if f.valid_to}
        inside = sorted(day for day in changes if window.start < day < window.end)
        for start, end in zip([window.start, *inside], [*inside, window.end], strict=True):
            yield Window(start, end), self.as_of(start)

    def changed(self, name: str, value: Decimal, valid_from: date) -> "RuleBook":
        """The book with another value of a figure from a day on.

        Args:
            name: `RULE.part`.
            value: The new value.
            valid_from: First day on which it holds; later values of the figure are dropped.

        Raises:
            FinplatformError: If no such figure is in force on that day.
        """
        kept: list[Figure] = []
        new: Figure | None = None
        for figure in self.figures:
            if figure.name != name:
                kept.append(figure)
            elif figure.in_force(valid_from):
                new = replace(figure, value=value, valid_from=valid_from, valid_to=None)
                if figure.valid_from < valid_from:
                    kept.append(replace(figure, valid_to=valid_from - timedelta(days=1)))
            elif figure.valid_from < valid_from:
                kept.append(figure)
        if new is None:
            raise FinplatformError(
                f"There is no figure {name} in force on {valid_from}.",
                "`finplatform aml rules` lists what there is.",
            )
        return RuleBook(tuple(sorted([*kept, new])))

    def changes(self, changes: Iterable[tuple[str, Decimal, date]]) -> "RuleBook":
        """The book after several changes, in their order."""
        book = self
        for name, value, valid_from in changes:
            book = book.changed(name, value, valid_from)
        return book


@lru_cache(maxsize=1)
def standard_rules() -> RuleBook:
    """The rules of the file, read and checked once a process.

    Raises:
        FinplatformError: If a row is wrong, or two values of a figure hold on one day.
    """
    text = files(__package__).joinpath(_FILE).read_text(encoding="utf-8")
    figures = sorted(_figure(row) for row in csv.DictReader(text.splitlines()))
    _check(figures)
    return RuleBook(tuple(figures))


def parse_change(written: str) -> tuple[str, Decimal]:
    """Name and value of a change written as `RULE.part=value`.

    Raises:
        FinplatformError: If it is not written so.
    """
    name, equals, value = written.partition("=")
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    if not equals or not number.is_finite() or number < 0:
        raise FinplatformError(
            f"{written!r} is no change of a figure.", "Write it as RULE.part=value, not negative."
        )
    return name, number


def _figure(row: dict[str, str]) -> Figure:
    try:
        return Figure(
            rule_id=row["rule_id"],
            part=row["part"],
            valid_from=date.fromisoformat(row["valid_from"]),
            valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            value=Decimal(row["value"]),
            paragraph=row["paragraph"],
            description=row["description"],
        )
    except (KeyError, ValueError, InvalidOperation) as error:
        raise FinplatformError(f"A row of {_FILE} is no rule: {row}.") from error


def _check(figures: Sequence[Figure]) -> None:
    for before, after in pairwise(figures):
        if before.name == after.name and (
            before.valid_to is None or before.valid_to >= after.valid_from
        ):
            raise FinplatformError(f"Two values of {after.name} hold on {after.valid_from}.")
