"""The figures of the rules, as of a date: read from `rules.csv`, looked up by rule id.

Belongs here: reading, checking and finding rules. A rule id is its paragraph in the Basel
Framework, a colon and a name; a rule is one number or a number for each part. Their use
belongs to the formulas; no formula holds a figure of its own.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cached_property, lru_cache
from importlib.resources import files

import numpy as np

from finplatform.errors import FinplatformError
from finplatform.risk.arrays import FloatArray
from finplatform.risk.errors import MissingRuleError
from finplatform.risk.thresholds import settled

LATEST = date.max
"""The date that stands for "the rules in force without an end"."""

_FILE = "rules.csv"


@dataclass(frozen=True)
class RuleRow:
    """One figure of one rule: a row of the file, and of the table of rules.

    `part` is empty where the rule is a single number; in a banded rule it is the highest value of
    the band. `valid_to` is the last day in force, None while there is no end.
    """

    rule_id: str
    paragraph: str
    part: str
    value: Decimal
    valid_from: date
    valid_to: date | None
    description: str

    def in_force(self, as_of: date) -> bool:
        """True on the days from `valid_from` to `valid_to`, both included."""
        return self.valid_from <= as_of and (self.valid_to is None or as_of <= self.valid_to)


@dataclass(frozen=True)
class Rule:
    """One rule on one date.

    Attributes:
        rule_id: Paragraph and name, as in `CRE20.82:residential_whole_loan`.
        values: The figure of each part, exactly as written; a single number has the part "".
        valid_from: First day of this version.
        valid_to: Last day of this version; None while there is no end.
    """

    rule_id: str
    values: Mapping[str, Decimal]
    valid_from: date
    valid_to: date | None

    @property
    def paragraph(self) -> str:
        """The paragraph that the rule comes from, as in `CRE20.82`."""
        return self.rule_id.partition(":")[0]

    @property
    def value(self) -> float:
        """The figure of a rule of a single number."""
        return float(self.exact)

    @property
    def exact(self) -> Decimal:
        """The figure of a rule of a single number, as written."""
        return self.exact_part("")

    def part(self, name: str) -> float:
        """Return the figure of one part.

        Raises:
            MissingRuleError: If the rule has no such part.
        """
        return float(self.exact_part(name))

    def exact_part(self, name: str) -> Decimal:
        """Return the figure of one part, as written.

        Raises:
            MissingRuleError: If the rule has no such part.
        """
        if name not in self.values:
            raise MissingRuleError(
                f"Rule {self.rule_id} has no part {name!r}.",
                f"Its parts are: {', '.join(sorted(self.values)) or 'none'}.",
            )
        return self.values[name]

    @cached_property
    def _bands(self) -> tuple[FloatArray, FloatArray]:
        bands = sorted((float(part), float(value)) for part, value in self.values.items())
        return np.array([upper for upper, _ in bands]), np.array([value for _, value in bands])

    def band(self, measure: FloatArray) -> FloatArray:
        """Return the figure of each value's band; a bound belongs to the band below it.

        Args:
            measure: Values of what the rule is banded by, in any shape, none of them NaN.
        """
        uppers, values = self._bands
        return values[np.searchsorted(uppers, settled(measure), side="left")]


def rule(rule_id: str, as_of: date = LATEST) -> Rule:
    """Return the rule in force on a date.

    Raises:
        MissingRuleError: If no such rule exists, or it is not in force on that date.
    """
    found = find_rule(rule_id, as_of)
    if found is None:
        periods = [row for row in rule_rows() if row.rule_id == rule_id]
        if not periods:
            raise MissingRuleError(f"No rule is called {rule_id!r}.", f"See {_FILE} for all rules.")
        first = min(row.valid_from for row in periods)
        raise MissingRuleError(
            f"Rule {rule_id} is not in force on {as_of}; it is known from {first}.",
            f"Choose another date, or add the rule of that time to {_FILE}.",
        )
    return found


def find_rule(rule_id: str, as_of: date = LATEST) -> Rule | None:
    """Return the rule in force on a date, or None: for rules that may end, such as a transition."""
    return _in_force(as_of).get(rule_id)


@lru_cache(maxsize=1)
def rule_rows() -> tuple[RuleRow, ...]:
    """Return every figure of every rule and period, to be stored or shown.

    Raises:
        FinplatformError: If the file holds a row that cannot be read, or two figures for one day.
    """
    text = files("finplatform.risk").joinpath(_FILE).read_text(encoding="utf-8")
    return parse_rules(text.splitlines())


@lru_cache(maxsize=64)
def _in_force(as_of: date) -> Mapping[str, Rule]:
    rows: dict[str, list[RuleRow]] = defaultdict(list)
    for row in rule_rows():
        if row.in_force(as_of):
            rows[row.rule_id].append(row)
    return {rule_id: _as_rule(rule_id, parts) for rule_id, parts in rows.items()}


def _as_rule(rule_id: str, parts: list[RuleRow]) -> Rule:
    ends = [row.valid_to for row in parts if row.valid_to is not None]
    return Rule(
        rule_id=rule_id,
        values={row.part: row.value for row in parts},
        valid_from=max(row.valid_from for row in parts),
        valid_to=min(ends) if ends else None,
    )


def parse_rules(lines: Iterable[str]) -> tuple[RuleRow, ...]:
    """Read rules from the lines of a CSV file with the columns of `rules.csv`.

    Raises:
        FinplatformError: If a row cannot be read, or two figures of a part hold on one day.
    """
    rows = []
    for number, record in enumerate(csv.DictReader(lines), start=2):
        try:
            rows.append(_as_row(record))
        except (KeyError, TypeError, ValueError, InvalidOperation) as error:
            raise FinplatformError(
                f"Line {number} of {_FILE} cannot be read: {error!r}.",
                "A rule id is paragraph:name, a value a number, a date YYYY-MM-DD.",
            ) from error
    _refuse_overlaps(rows)
    return tuple(rows)


def _as_row(record: Mapping[str, str]) -> RuleRow:
    paragraph, colon, name = record["rule_id"].partition(":")
    if not (paragraph and colon and name):
        raise ValueError(record["rule_id"])
    return RuleRow(
        rule_id=record["rule_id"],
        paragraph=paragraph,
        part=record["part"],
        value=Decimal(record["value"]),
        valid_from=date.fromisoformat(record["valid_from"]),
        valid_to=date.fromisoformat(record["valid_to"]) if record["valid_to"] else None,
        description=record["description"],
    )


def _refuse_overlaps(rows: list[RuleRow]) -> None:
    last: dict[tuple[str, str], date] = {}
    for row in sorted(rows, key=lambda row: (row.rule_id, row.part, row.valid_from)):
        figure = (row.rule_id, row.part)
        if figure in last and row.valid_from <= last[figure]:
            part = f" (part {row.part})" if row.part else ""
            raise FinplatformError(
                f"Rule {row.rule_id}{part} has two figures on {row.valid_from} in {_FILE}.",
                "End the earlier period the day before the later one starts.",
            )
        last[figure] = row.valid_to or date.max
